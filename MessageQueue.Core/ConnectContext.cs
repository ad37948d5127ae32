using System.Security.Claims;
using MessageQueue.Connections;
using MessageQueue.Protocol;

namespace MessageQueue;

/// <summary>
/// A client that is about to connect to a namespace, for the middlewares that were added with <see cref="Namespace.UseConnect"/>. Only for
/// use while they run.
/// </summary>
public sealed class ConnectContext
{
    private readonly ConnectingClient _client;

    internal ConnectContext(Namespace ns, ConnectingClient client)
    {
        Namespace = ns;
        _client = client;
    }

    /// <summary>The namespace.</summary>
    public Namespace Namespace { get; }

    /// <summary>The name of the session that the client asks for; null where the server is to make one.</summary>
    public string? Session => _client.Session;

    /// <summary>What the client said.</summary>
    public Handshake Handshake => _client.Handshake;

    /// <summary>
    /// The user: at first that of the HTTP request. A middleware can set it, for example from a token in <see cref="Handshake.Auth"/>. It
    /// is then the user of the connection, for permissions and as <see cref="Session.User"/>.
    /// </summary>
    public ClaimsPrincipal User
    {
        get => _client.User;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            _client.User = value;
        }
    }

    /// <summary>Values that are added to <see cref="Session.Items"/> when the client has its session. Empty at first.</summary>
    public IDictionary<string, object?> Items => _client.Items ??= [];

    internal CloseReason? Refusal { get; private set; }

    /// <summary>
    /// Refuses the client, whether the next middleware is called or not. Only the first call counts. A client of the JSON protocol is
    /// closed with 1008 and this message, of which at most 123 bytes arrive; a Socket.IO client gets a <c>connect_error</c> with message
    /// and data.
    /// </summary>
    /// <param name="message">The reason, for the client.</param>
    /// <param name="data">More for a Socket.IO client, written by its own type; null for nothing.</param>
    public void Refuse(string message, object? data = null)
    {
        ArgumentNullException.ThrowIfNull(message);
        Refusal ??= CloseReason.Refused(message, Namespace.HandlerHost.Json.WriteObject(data).Json);
    }
}

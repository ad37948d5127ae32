using System.Net.WebSockets;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.EndToEnd;

/// <summary>Connects an <see cref="EventClient"/> with TLS, or with headers of its own.</summary>
internal static class TlsClient
{
    /// <summary>Connects and waits for the welcome.</summary>
    /// <param name="url">The address of the server, with http or https.</param>
    /// <param name="query">As in <c>session=alice&amp;room=lobby</c>.</param>
    /// <param name="authority">Who issued the certificate of the server.</param>
    /// <param name="headers">Headers of the request, each as in <c>Name: value</c>.</param>
    public static async Task<EventClient> ConnectAsync(string url, string query, TestAuthority? authority, params string[] headers) =>
        await EventClient.WelcomeAsync(await OpenAsync(url, query, authority, headers));

    /// <summary>Connects without waiting for the welcome.</summary>
    public static async Task<ClientWebSocket> OpenAsync(string url, string query, TestAuthority? authority, params string[] headers)
    {
        ClientWebSocket socket = new();
        if (authority is not null)
        {
            socket.Options.RemoteCertificateValidationCallback = authority.Accepts;
        }

        foreach (string[] header in headers.Select(header => header.Split(": ", 2)))
        {
            socket.Options.SetRequestHeader(header[0], header[1]);
        }

        UriBuilder address = new(url) { Query = query };
        address.Scheme = address.Scheme == "https" ? "wss" : "ws";
        await socket.ConnectAsync(address.Uri, CancellationToken.None).OrTimeout();
        return socket;
    }
}

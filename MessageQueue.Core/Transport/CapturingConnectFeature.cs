using Microsoft.AspNetCore.Http.Features;

namespace MessageQueue.Transport;

/// <summary>Wraps the stream of an HTTP/2 extended CONNECT (RFC 8441) in a <see cref="ConnectionStream"/>.</summary>
internal sealed class CapturingConnectFeature(IHttpExtendedConnectFeature inner, int maxMessageBytes) : IHttpExtendedConnectFeature
{
    /// <summary>The stream, once accepted.</summary>
    public ConnectionStream? Stream { get; private set; }

    /// <inheritdoc/>
    public bool IsExtendedConnect => inner.IsExtendedConnect;

    /// <inheritdoc/>
    public string? Protocol => inner.Protocol;

    /// <inheritdoc/>
    public async ValueTask<Stream> AcceptAsync() =>
        Stream = new ConnectionStream(await inner.AcceptAsync().ConfigureAwait(false), maxMessageBytes);
}

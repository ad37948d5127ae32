using Microsoft.AspNetCore.Http.Features;

namespace MessageQueue.Transport;

/// <summary>Puts our stream around the one that an HTTP/2 extended CONNECT (RFC 8441) yields.</summary>
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

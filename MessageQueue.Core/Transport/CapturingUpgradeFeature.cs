using Microsoft.AspNetCore.Http.Features;

namespace MessageQueue.Transport;

/// <summary>Puts our stream around the one that an HTTP/1.1 upgrade yields.</summary>
internal sealed class CapturingUpgradeFeature(IHttpUpgradeFeature inner, int maxMessageBytes) : IHttpUpgradeFeature
{
    /// <summary>The stream, once upgraded.</summary>
    public ConnectionStream? Stream { get; private set; }

    /// <inheritdoc/>
    public bool IsUpgradableRequest => inner.IsUpgradableRequest;

    /// <inheritdoc/>
    public async Task<Stream> UpgradeAsync() =>
        Stream = new ConnectionStream(await inner.UpgradeAsync().ConfigureAwait(false), maxMessageBytes);
}

using Microsoft.AspNetCore.Http.Features;

namespace MessageQueue.Transport;

/// <summary>Wraps the stream of an HTTP/1.1 upgrade in a <see cref="ConnectionStream"/>.</summary>
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

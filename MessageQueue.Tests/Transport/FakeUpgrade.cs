using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace MessageQueue.Tests.Transport;

/// <summary>A request whose upgraded stream the test controls, for things that a real server does too fast to observe.</summary>
internal sealed class FakeUpgrade : IHttpUpgradeFeature, IHttpRequestLifetimeFeature
{
    private readonly Pipe _input = new();

    public FakeUpgrade()
    {
        Context.Features.Set<IHttpUpgradeFeature>(this);
        Context.Features.Set<IHttpRequestLifetimeFeature>(this);
        Context.Request.Method = "GET";
        Context.Request.Headers.Connection = "Upgrade";
        Context.Request.Headers.Upgrade = "websocket";
        Context.Request.Headers.SecWebSocketVersion = "13";
        Context.Request.Headers.SecWebSocketKey = "dGhlIHNhbXBsZSBub25jZQ==";
    }

    public DefaultHttpContext Context { get; } = new();

    /// <summary>The stream to which the server writes.</summary>
    public GatedStream Output { get; } = new();

    /// <summary>The bytes that the client sends.</summary>
    public PipeWriter Client => _input.Writer;

    public int Aborts { get; private set; }

    public bool IsUpgradableRequest => true;

    CancellationToken IHttpRequestLifetimeFeature.RequestAborted { get; set; }

    public Task<Stream> UpgradeAsync() => Task.FromResult<Stream>(new Duplex(_input.Reader.AsStream(), Output));

    void IHttpRequestLifetimeFeature.Abort() => Aborts++;

    private sealed class Duplex(Stream input, GatedStream output) : MessageQueue.Transport.AsyncStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            input.ReadAsync(buffer, cancellationToken);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            output.WriteAsync(buffer, cancellationToken);
    }
}

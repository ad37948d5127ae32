using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace MessageQueue.Transport;

/// <summary>
/// What carries the frames of one WebSocket: the stream of its request, or the connection below HTTP where that was handed over.
/// </summary>
internal sealed class UpgradedTransport
{
    // A read without a buffer comes before each real one, so an idle connection holds no buffer.
    private static readonly StreamPipeReaderOptions ReaderOptions = new(leaveOpen: true, useZeroByteReads: true);

    private readonly HttpContext? _context;
    private readonly ConnectionHandover? _handover;

    /// <summary>Uses the stream of a request, which must not end before the connection has.</summary>
    public UpgradedTransport(Stream stream, HttpContext context)
    {
        _context = context;
        Input = PipeReader.Create(stream, ReaderOptions);
        Output = SocketStream.Over(stream, context);
        WritesInline = context.Features.Get<ITlsHandshakeFeature>() is null;
    }

    /// <summary>Uses the connection below HTTP, which its request can hand over.</summary>
    public UpgradedTransport(ConnectionHandover handover, HttpContext context, ConnectionLimits limits)
    {
        IDuplexPipe transport = handover.Use(limits);
        _handover = handover;
        Input = transport.Input;
        Output = SocketStream.Over(transport, context);
        WritesInline = true;
    }

    /// <summary>The bytes from the client.</summary>
    public PipeReader Input { get; }

    /// <summary>Takes the bytes for the client.</summary>
    public Stream Output { get; }

    /// <summary>
    /// Whether a write costs little more than a copy, so that the thread that flushes may do it. Under TLS a write also encrypts.
    /// </summary>
    public bool WritesInline { get; }

    /// <summary>Aborts the connection. Not after <see cref="ServeAsync"/> has completed its work.</summary>
    public void Abort()
    {
        if (_handover is not null)
        {
            _handover.Abort();
        }
        else
        {
            _context!.Abort();
        }
    }

    /// <summary>
    /// Does the work of the connection. Within the request, the task completes with the work. Otherwise it completes at once, and the work
    /// begins when the request has ended.
    /// </summary>
    /// <param name="work">Must not use the request.</param>
    public Task ServeAsync(Func<Task> work)
    {
        if (_handover is null)
        {
            return ServeInRequestAsync(work);
        }

        _handover.Take(work);
        return Task.CompletedTask;
    }

    private async Task ServeInRequestAsync(Func<Task> work)
    {
        // Our heartbeat decides when a slow client is dropped. Kestrel's minimum rate would drop it a few seconds after the last small
        // write.
        IHttpMinResponseDataRateFeature? rateFeature = _context!.Features.Get<IHttpMinResponseDataRateFeature>();
        MinDataRate? rate = rateFeature?.MinDataRate;
        rateFeature?.MinDataRate = null;
        await work().ConfigureAwait(false);

        // For bytes that are still unsent when the request is over, Kestrel's minimum rate applies again: it sends them at this rate or
        // drops the connection.
        rateFeature?.MinDataRate = rate;
    }
}

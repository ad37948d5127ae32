using MessageQueue.Protocol;
using MessageQueue.Transport;
using Microsoft.AspNetCore.Http;

namespace MessageQueue.SocketIO.Engine;

/// <summary>
/// The GETs of a connection on polling, one at a time: each waits until there is something to say, and takes all of it. Frames become a
/// payload on the thread of the request.
/// </summary>
/// <param name="transport">The transport, which holds the frames. What is set here is guarded by its gate.</param>
/// <param name="connection">The connection.</param>
/// <param name="clock">The server's clock.</param>
internal sealed class PollRequests(PollingTransport transport, EngineConnection connection, TimeProvider clock)
{
    // As often as the original sends a packet to a client that tries a WebSocket and still polls.
    private static readonly TimeSpan ProbedPollDelay = TimeSpan.FromMilliseconds(100);

    private TaskCompletionSource? _waiting;
    private TaskCompletionSource? _answering;
    private Waiter _parted;
    private Waiter _probeEnded;
    private long _progress;
    private bool _isPolled;
    private bool _isProbed;
    private bool _hasParted;

    /// <summary>Changes whenever a client has taken bytes.</summary>
    public long Progress => Volatile.Read(ref _progress);

    /// <summary>Whether a GET waits for its answer.</summary>
    public bool IsPolled => Volatile.Read(ref _isPolled);

    /// <summary>Whether a GET is being answered.</summary>
    public bool IsSending => Volatile.Read(ref _answering) is not null;

    /// <summary>Completes when the GET that is being answered has its answer; null if there is none. Under the gate.</summary>
    public Task? BusyLocked => _answering?.Task;

    /// <summary>Answers a GET as soon as there is something to say.</summary>
    public async Task ServeAsync(HttpContext context)
    {
        Task? before;
        Task? probeEnded;
        lock (transport.Gate)
        {
            before = _isPolled ? null : _answering?.Task ?? Task.CompletedTask;
            probeEnded = _isProbed ? _probeEnded.WaitAsync() : null;
            _isPolled = true;
        }

        if (before is null)
        {
            connection.Fail(CloseReason.BadPacket with { Text = "two polling requests at a time" });
            await EngineError.BadRequest.AnswerAsync(context).ConfigureAwait(false);
            return;
        }

        // Ends polling only: a WebSocket that has taken over meanwhile goes on.
        using (context.RequestAborted.UnsafeRegister(static transport => ((PollingTransport)transport!).Abort(), transport))
        {
            if (probeEnded is not null && await IsOvertakenAsync(probeEnded).ConfigureAwait(false))
            {
                await EngineError.BadRequest.AnswerAsync(context).ConfigureAwait(false);
                return;
            }

            // The client has the last bytes of an answer before the server knows that they are sent.
            await before.ConfigureAwait(false);
            await WhenReadyAsync().ConfigureAwait(false);
        }

        await AnswerAsync(context).ConfigureAwait(false);
    }

    /// <summary>
    /// Answers the waiting GET, and soon every other, so that the client is free to change to a WebSocket; or stops doing so.
    /// </summary>
    public void SetProbed(bool isProbed)
    {
        lock (transport.Gate)
        {
            _isProbed = isProbed;
            if (isProbed)
            {
                WakeLocked();
            }
            else
            {
                _probeEnded.Release();
            }
        }
    }

    /// <summary>Answers the waiting GET. Under the gate.</summary>
    public void WakeLocked()
    {
        _waiting?.SetResult();
        _waiting = null;
    }

    /// <summary>Notes that a WebSocket has taken over. Under the gate.</summary>
    public void OvertakenLocked()
    {
        _probeEnded.Release();
        WakeLocked();
    }

    /// <summary>Completes when a GET got the last answer.</summary>
    public Task WhenPartedAsync()
    {
        lock (transport.Gate)
        {
            return _hasParted ? Task.CompletedTask : _parted.WaitAsync();
        }
    }

    /// <summary>
    /// Waits whether the upgrade completes that a client has begun, since its WebSocket may be slower than its request. Otherwise the
    /// request is one that the client has to get rid of before it can upgrade.
    /// </summary>
    private async Task<bool> IsOvertakenAsync(Task probeEnded)
    {
        await probeEnded.WaitAsync(ProbedPollDelay, clock).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return transport.IsOvertaken;
    }

    private Task WhenReadyAsync()
    {
        lock (transport.Gate)
        {
            if (transport.HasNewsLocked || _isProbed)
            {
                return Task.CompletedTask;
            }

            _waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _waiting.Task;
        }
    }

    private async Task AnswerAsync(HttpContext context)
    {
        ReadOnlyMemory<byte> frames;
        byte last;
        bool parts;
        lock (transport.Gate)
        {
            frames = transport.TakeLocked(out byte? farewell);
            parts = farewell is not null;
            last = farewell ?? (frames.IsEmpty ? EnginePacket.Noop : (byte)0);
            _isPolled = false;
            _answering = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        bool isSent = await SendAsync(context, frames, last).ConfigureAwait(false);
        bool drained;
        lock (transport.Gate)
        {
            drained = transport.SentLocked(isSome: !frames.IsEmpty);
            _answering!.SetResult();
            _answering = null;
            if (parts)
            {
                _hasParted = true;
                _parted.Release();
            }
        }

        if (!isSent && !frames.IsEmpty)
        {
            // Frames are lost, whatever carries the connection now.
            connection.Abort();
        }
        else if (drained)
        {
            connection.Drained();
        }
    }

    private async ValueTask<bool> SendAsync(HttpContext context, ReadOnlyMemory<byte> frames, byte last)
    {
        context.Response.ContentType = "text/plain; charset=UTF-8";
        context.Response.Headers.CacheControl = "no-store";
        context.Response.ContentLength = Payload.Measure(frames, last);
        try
        {
            await Payload.WriteAsync(context.Response.BodyWriter, frames, last, Progressed).ConfigureAwait(false);
            Progressed();
            return !context.RequestAborted.IsCancellationRequested;
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            return false;
        }
    }

    private void Progressed() => Interlocked.Increment(ref _progress);
}

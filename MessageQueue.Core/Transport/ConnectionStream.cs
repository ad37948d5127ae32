using System.Buffers;
using System.Runtime.CompilerServices;

namespace MessageQueue.Transport;

/// <summary>
/// The stream that the framework's WebSocket uses in place of the upgraded one. Reads go to the upgraded stream and pass through the
/// <see cref="InboundFrameMonitor"/>. Frames that the framework itself writes (pongs and closes) go to the connection's
/// <see cref="ConnectionOutput"/>, which alone writes to the upgraded stream. Disposing this does nothing: the upgraded stream belongs to
/// the server and ends with the request.
/// </summary>
internal sealed class ConnectionStream(Stream inner, int maxMessageBytes) : AsyncStream
{
    // The framework reads each frame header alone, with at most 139 bytes. Reading more at once and keeping the rest saves most reads when
    // many small messages arrive. Larger reads are for payload; they go directly into the framework's buffer, without a copy.
    private const int AheadBytes = 4096;
    private const int DirectBytes = 1024;

    // Reads use this token, not the framework's, because the framework treats a cancelled read as an aborted connection.
    private readonly CancellationTokenSource _readStop = new();
    private readonly InboundFrameMonitor _monitor = new(maxMessageBytes);
    private PooledBuffer _ahead;
    private int _aheadTaken;
    private long _reads;
    private bool _isReading;
    private bool _ended;

    /// <summary>The upgraded stream, for the output.</summary>
    public Stream Inner => inner;

    /// <summary>Receives the frames that the framework writes. Set before the first read.</summary>
    public ConnectionOutput? Output { get; set; }

    /// <summary>Whether a read is waiting for the client.</summary>
    public bool IsReading => Volatile.Read(ref _isReading);

    /// <summary>Changes whenever a read has completed.</summary>
    public long Reads => Volatile.Read(ref _reads);

    /// <summary>The client's error that the framework does not detect. After one, no more bytes are passed on.</summary>
    public FrameViolation Violation => _monitor.Violation;

    /// <summary>Cancels the current read and all later ones.</summary>
    public void StopReading() => _readStop.Cancel();

    /// <summary>
    /// Reads and discards input until the client's close frame, the end of the stream or <see cref="StopReading"/>. Never throws. Returns
    /// at once when called again.
    /// </summary>
    public async Task DiscardAsync()
    {
        ReleaseAhead();
        byte[] buffer = ArrayPool<byte>.Shared.Rent(AheadBytes);
        try
        {
            while (!_ended && !_monitor.CloseReceived && !_readStop.IsCancellationRequested)
            {
                int read = await ReadInnerAsync(buffer).ConfigureAwait(false);
                _monitor.Scan(buffer.AsSpan(0, read));
            }
        }
        catch (Exception)
        {
            // A broken connection or StopReading: in both cases nothing is left to discard, and nobody needs a report.
            _ended = true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Releases the bytes that were read ahead. Call it when the framework reads no more.</summary>
    public void ReleaseAhead()
    {
        _aheadTaken = 0;
        _ahead.Release();
    }

    /// <inheritdoc/>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_ahead.Length > 0)
        {
            return TakeAhead(buffer.Span);
        }

        ThrowIfViolated();
        if (buffer.IsEmpty || buffer.Length >= DirectBytes)
        {
            return Pass(buffer, await ReadInnerAsync(buffer).ConfigureAwait(false));
        }

        Memory<byte> ahead = _ahead.GetFree(AheadBytes);
        try
        {
            int read = await ReadInnerAsync(ahead).ConfigureAwait(false);
            _ahead.Advance(Pass(ahead, read));
            return TakeAhead(buffer.Span);
        }
        finally
        {
            if (_ahead.Length == 0)
            {
                _ahead.Release();
            }
        }
    }

    /// <summary>
    /// Takes one whole frame, which is how the framework writes them. Waits while the output is full, so that many pings cannot cause an
    /// unbounded number of waiting pongs.
    /// </summary>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ConnectionOutput output = Output!;
        if (WebSocketFrame.IsClose(buffer.Span))
        {
            output.TryClose(buffer.Span);
            return ValueTask.CompletedTask;
        }

        output.Write(buffer.Span);
        output.Flush();
        return output.WhenBelowLimitAsync();
    }

    private int TakeAhead(Span<byte> destination)
    {
        ReadOnlySpan<byte> rest = _ahead.Written.Span[_aheadTaken..];
        int taken = Math.Min(rest.Length, destination.Length);
        rest[..taken].CopyTo(destination);
        _aheadTaken += taken;
        if (taken == rest.Length)
        {
            ReleaseAhead();
        }

        return taken;
    }

    /// <summary>Passes the bytes that were read to the monitor, and returns how many of them may be used.</summary>
    private int Pass(ReadOnlyMemory<byte> buffer, int read)
    {
        int passed = _monitor.Scan(buffer.Span[..read]);
        if (passed == 0 && read > 0)
        {
            // A result of zero would mean the end of the stream.
            ThrowIfViolated();
        }

        return passed;
    }

    private void ThrowIfViolated()
    {
        if (_monitor.Violation != FrameViolation.None)
        {
            throw new IOException($"The client sent an invalid frame: {_monitor.Violation}.");
        }
    }

    private ValueTask<int> ReadInnerAsync(Memory<byte> buffer)
    {
        Volatile.Write(ref _isReading, true);
        ValueTask<int> reading = inner.ReadAsync(buffer, _readStop.Token);
        if (!reading.IsCompletedSuccessfully)
        {
            return AwaitInnerAsync(reading, buffer.IsEmpty);
        }

        int read = reading.GetAwaiter().GetResult();
        NoteRead(read, buffer.IsEmpty);
        return new ValueTask<int>(read);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> AwaitInnerAsync(ValueTask<int> reading, bool bufferIsEmpty)
    {
        int read = await reading.ConfigureAwait(false);
        NoteRead(read, bufferIsEmpty);
        return read;
    }

    private void NoteRead(int read, bool bufferIsEmpty)
    {
        Volatile.Write(ref _isReading, false);
        Volatile.Write(ref _reads, _reads + 1);
        _ended = read == 0 && !bufferIsEmpty;
    }
}

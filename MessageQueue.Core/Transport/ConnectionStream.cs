using System.Buffers;
using System.Runtime.CompilerServices;

namespace MessageQueue.Transport;

/// <summary>
/// What the framework's WebSocket takes for the upgraded stream. Its reads go to the real one, past the <see cref="InboundFrameMonitor"/>;
/// the frames that it writes itself, pongs and closes, go to the connection's <see cref="ConnectionOutput"/>, which alone writes to the
/// real stream. Disposing it does nothing: the real stream is the server's, and ends with the request.
/// </summary>
internal sealed class ConnectionStream(Stream inner, int maxMessageBytes) : AsyncStream
{
    // The framework reads each header by itself, with at most 139 bytes. Asking the server for more and keeping the rest saves most of its
    // reads when small messages come in a row. Larger reads are of payload, and go where they are wanted without a copy.
    private const int AheadBytes = 4096;
    private const int DirectBytes = 1024;

    // The reads are given this token and not the framework's, for which a cancelled read is an aborted connection.
    private readonly CancellationTokenSource _readStop = new();
    private readonly InboundFrameMonitor _monitor = new(maxMessageBytes);
    private PooledBuffer _ahead;
    private int _aheadTaken;
    private long _reads;
    private bool _isReading;
    private bool _ended;

    /// <summary>The upgraded stream itself, for the output.</summary>
    public Stream Inner => inner;

    /// <summary>Takes the frames that the framework writes. Set before the first read.</summary>
    public ConnectionOutput? Output { get; set; }

    /// <summary>Whether a read waits for the client.</summary>
    public bool IsReading => Volatile.Read(ref _isReading);

    /// <summary>Changes whenever something was read.</summary>
    public long Reads => Volatile.Read(ref _reads);

    /// <summary>What the client did wrong that the framework does not see; no more is passed on then.</summary>
    public FrameViolation Violation => _monitor.Violation;

    /// <summary>Ends the read that is under way and all later ones.</summary>
    public void StopReading() => _readStop.Cancel();

    /// <summary>
    /// Reads on without passing anything to anyone, until the client's close frame, the end of the stream, or <see cref="StopReading"/>.
    /// Never throws, and returns at once when called again.
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
            // A broken connection or StopReading: either way there is nothing left to discard, and nobody to tell.
            _ended = true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Gives back what was read ahead. To be called when the framework will read no more.</summary>
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
    /// Takes one whole frame, as the framework writes them, and waits while the output is full, so that pings cannot pile up pongs.
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

    /// <summary>Shows to the monitor what was read, and returns how much of it may be used.</summary>
    private int Pass(ReadOnlyMemory<byte> buffer, int read)
    {
        int passed = _monitor.Scan(buffer.Span[..read]);
        if (passed == 0 && read > 0)
        {
            // Zero would mean the end of the stream.
            ThrowIfViolated();
        }

        return passed;
    }

    private void ThrowIfViolated()
    {
        if (_monitor.Violation != FrameViolation.None)
        {
            throw new IOException($"The client broke the framing: {_monitor.Violation}.");
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

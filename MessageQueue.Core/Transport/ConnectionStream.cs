using System.Buffers;
using System.Runtime.CompilerServices;

namespace MessageQueue.Transport;

/// <summary>
/// What the framework's WebSocket takes for the upgraded stream. Its reads go to the real one, past the <see cref="InboundFrameMonitor"/>;
/// the frames that it writes itself, pongs and closes, go to the connection's <see cref="ConnectionOutput"/>, which alone writes to the real stream.
/// </summary>
internal sealed class ConnectionStream(Stream inner, int maxMessageBytes) : Stream
{
    // Discarding needs no larger steps: it ends after the close timeout anyway.
    private const int DiscardBytes = 4096;

    // The reads are given this token and not the framework's, for which a cancelled read is an aborted connection.
    private readonly CancellationTokenSource _readStop = new();
    private readonly InboundFrameMonitor _monitor = new(maxMessageBytes);
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

    /// <summary>Why no more is passed on, if so.</summary>
    public FrameViolation Violation => _monitor.Violation;

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Ends the read that is under way and all later ones.</summary>
    public void StopReading() => _readStop.Cancel();

    /// <summary>
    /// Reads on without passing anything to anyone, until the client's close frame, the end of the stream, or <see cref="StopReading"/>.
    /// Never throws, and returns at once when called again.
    /// </summary>
    public async Task DiscardAsync()
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(DiscardBytes);
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

    /// <inheritdoc/>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ThrowIfViolated();
        int read = await ReadInnerAsync(buffer).ConfigureAwait(false);
        int passed = _monitor.Scan(buffer.Span[..read]);
        if (passed == 0 && read > 0)
        {
            ThrowIfViolated();
        }

        return passed;
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>Takes one whole frame, as the framework writes them, and waits while the output is full, so that pings cannot pile up pongs.</summary>
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

    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    private void ThrowIfViolated()
    {
        if (_monitor.Violation != FrameViolation.None)
        {
            throw new IOException($"The client broke the framing: {_monitor.Violation}.");
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> ReadInnerAsync(Memory<byte> buffer)
    {
        Volatile.Write(ref _isReading, true);
        try
        {
            int read = await inner.ReadAsync(buffer, _readStop.Token).ConfigureAwait(false);
            Volatile.Write(ref _reads, _reads + 1);
            _ended = read == 0 && !buffer.IsEmpty;
            return read;
        }
        finally
        {
            Volatile.Write(ref _isReading, false);
        }
    }
}

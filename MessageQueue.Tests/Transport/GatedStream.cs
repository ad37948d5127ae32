using System.Threading.Tasks.Sources;

namespace MessageQueue.Tests.Transport;

/// <summary>A stream that accepts a write when the test says so, or refuses it.</summary>
internal sealed class GatedStream : Stream, IValueTaskSource
{
    private readonly Lock _gate = new();
    private readonly List<byte[]> _writes = [];
    private ManualResetValueTaskSourceCore<bool> _write;
    private bool _isOpen;

    /// <summary>Whether writes wait for <see cref="Release"/>. Without it they complete at once.</summary>
    public bool Blocks { get; set; }

    /// <summary>Thrown by every write, before it returns.</summary>
    public Exception? Error { get; set; }

    /// <summary>Whether what is written is kept.</summary>
    public bool Records { get; init; } = true;

    /// <summary>The memory of the last write, as it was given.</summary>
    public ReadOnlyMemory<byte> Last { get; private set; }

    /// <summary>The thread of the last write.</summary>
    public int ThreadId { get; private set; }

    /// <summary>The number of writes so far, including the one in progress.</summary>
    public IReadOnlyList<byte[]> Writes
    {
        get
        {
            lock (_gate)
            {
                return [.. _writes];
            }
        }
    }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Completes the write in progress. Its continuations run on this thread before the method returns.</summary>
    public void Release()
    {
        End();
        _write.SetResult(true);
    }

    /// <summary>Fails the write in progress.</summary>
    public void Fail(Exception exception)
    {
        End();
        _write.SetException(exception);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ThreadId = Environment.CurrentManagedThreadId;
        Last = buffer;
        if (Error is { } error)
        {
            throw error;
        }

        lock (_gate)
        {
            if (_isOpen)
            {
                throw new InvalidOperationException("One write at a time.");
            }

            if (Records)
            {
                _writes.Add(buffer.ToArray());
            }

            if (Blocks)
            {
                _isOpen = true;
                _write.Reset();
                return new ValueTask(this, _write.Version);
            }
        }

        return ValueTask.CompletedTask;
    }

    public override void Flush() => throw new NotSupportedException();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    void IValueTaskSource.GetResult(short token) => _write.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _write.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _write.OnCompleted(continuation, state, token, flags);

    private void End()
    {
        lock (_gate)
        {
            _isOpen.Should().BeTrue("a write should be under way");
            _isOpen = false;
        }
    }
}

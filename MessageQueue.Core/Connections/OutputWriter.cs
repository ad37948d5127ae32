using MessageQueue.Diagnostics;
using MessageQueue.Pipeline;
using MessageQueue.Protocol;
using MessageQueue.Transport;

namespace MessageQueue.Connections;

/// <summary>
/// Writes the apply loop's output to one transport, for one connection or for several that share it. What is written in a round is flushed
/// once, and events are counted. For the apply loop only, unless a member says otherwise.
/// </summary>
internal sealed class OutputWriter(IConnectionOutput output, Broker broker) : IFlushable
{
    private readonly FlushList _flushes = broker.Flushes;
    private readonly ServerCounters _counters = broker.ServerCounters;
    private bool _isListed;

    /// <inheritdoc cref="IConnectionOutput.ClosedWith" />
    public CloseReason? ClosedWith => output.ClosedWith;

    /// <summary>
    /// Writes an event, which other outputs get too. Returns false if the output is full; then nothing was written.
    /// </summary>
    public bool TryDeliver(byte[] frame, bool redelivered) => output.TryWriteShared(frame) && Delivered(redelivered);

    /// <summary>
    /// Writes several events together, which other outputs get too. Returns false if they do not all fit; then nothing was written.
    /// </summary>
    public bool TryDeliver(ReadOnlyMemory<byte> frames, int count)
    {
        if (!output.TryWriteShared(frames))
        {
            return false;
        }

        _counters.Delivered(count);
        FlushLater();
        return true;
    }

    /// <summary>
    /// Writes an event whose head is made for the receiver and whose rest is shared. Returns false if the output is full; then nothing was
    /// written.
    /// </summary>
    public bool TryDeliver(ReadOnlySpan<byte> head, ReadOnlySpan<byte> shared, bool redelivered) =>
        output.TryWrite(head, shared) && Delivered(redelivered);

    /// <summary>Writes a frame that is no event. Returns false if the output is full; then nothing was written.</summary>
    public bool TryWrite(ReadOnlySpan<byte> frame)
    {
        bool isWritten = output.TryWrite(frame);
        if (isWritten)
        {
            FlushLater();
        }

        return isWritten;
    }

    /// <summary>Writes an answer, whether or not the output is full.</summary>
    public void Write(ReadOnlySpan<byte> frame)
    {
        output.Write(frame);
        FlushLater();
    }

    /// <summary>Writes and flushes at once, after what was written before. May be called on any thread.</summary>
    public void WriteNow(ReadOnlySpan<byte> frame)
    {
        output.Write(frame);
        output.Flush();
    }

    /// <inheritdoc cref="IConnectionOutput.Close" />
    public void Close(CloseReason reason) => output.Close(reason);

    /// <inheritdoc />
    public void EndRound() => _isListed = false;

    /// <inheritdoc />
    public void Flush() => output.Flush();

    private bool Delivered(bool redelivered)
    {
        _counters.Delivered(redelivered);
        FlushLater();
        return true;
    }

    private void FlushLater()
    {
        if (!_isListed)
        {
            _isListed = true;
            _flushes.Add(this);
        }
    }
}

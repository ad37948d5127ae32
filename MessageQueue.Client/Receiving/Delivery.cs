using MessageQueue.Client.Messages;

namespace MessageQueue.Client.Receiving;

/// <summary>One event, or gap, on its way through the client. It is settled once: acknowledged, rejected, or forgotten.</summary>
internal sealed class Delivery(Inbox inbox, ServerMessage message, long arrivedAt)
{
    private int _settled;

    /// <summary>What came.</summary>
    public ServerMessage Message { get; } = message;

    /// <summary>The timestamp at which it came.</summary>
    public long ArrivedAt { get; } = arrivedAt;

    /// <summary>Whether it came on the current connection. Guarded by the inbox.</summary>
    public bool IsOfThisConnection { get; set; } = true;

    /// <summary>Whether a handler or reader has it. Guarded by the inbox.</summary>
    public bool IsTaken { get; set; }

    /// <summary>Whether it was acknowledged, rejected or forgotten.</summary>
    public bool IsSettled => Volatile.Read(ref _settled) != 0;

    /// <summary>Acknowledges it, unless it is settled.</summary>
    public void Acknowledge()
    {
        if (TrySettle())
        {
            inbox.Acknowledge(this);
        }
    }

    /// <summary>Acknowledges it with an answer, unless it is settled.</summary>
    /// <param name="data">The answer as JSON.</param>
    public void Answer(ReadOnlySpan<byte> data)
    {
        if (TrySettle())
        {
            inbox.Answer(this, data);
        }
    }

    /// <summary>Asks for it again, unless it is settled.</summary>
    public void Reject(TimeSpan delay = default)
    {
        if (TrySettle())
        {
            inbox.Reject(this, delay);
        }
    }

    /// <summary>Settles it without telling the server, because it belongs to another log or connection.</summary>
    public bool TrySettle() => Interlocked.Exchange(ref _settled, 1) == 0;
}

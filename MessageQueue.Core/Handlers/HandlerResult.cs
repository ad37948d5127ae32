using MessageQueue.Connections;
using MessageQueue.Protocol;

namespace MessageQueue.Handlers;

/// <summary>What a handler came to.</summary>
/// <param name="Data">What it returned, JSON text; empty for nothing.</param>
/// <param name="Error">Why it did not succeed; null where it did.</param>
internal readonly record struct HandlerResult(ReadOnlyMemory<byte> Data, ProtocolError? Error)
{
    /// <summary>The handler threw, or nobody waits for it any more.</summary>
    public static HandlerResult Failed { get; } = new(default, new ProtocolError(ErrorCode.Failed, "the server's handler of this event failed"));

    /// <summary>How often it ran.</summary>
    public int Attempts { get; init; }

    /// <summary>Tells a client.</summary>
    public void AnswerTo(HandlerCall call, long? id, bool duplicate)
    {
        if (Error is { } error)
        {
            call.Refuse(error);
        }
        else
        {
            call.Answer(id, Data, duplicate);
        }
    }
}

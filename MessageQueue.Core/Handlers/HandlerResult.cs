using MessageQueue.Connections;
using MessageQueue.Protocol;

namespace MessageQueue.Handlers;

/// <summary>The result of a handler.</summary>
/// <param name="Data">What it returned; empty for nothing.</param>
/// <param name="Error">The error if it failed; null if it succeeded.</param>
internal readonly record struct HandlerResult(EventData Data, ProtocolError? Error)
{
    /// <summary>The result of a handler that threw, or of an event that was skipped.</summary>
    public static HandlerResult Failed { get; } = new(
        default, new ProtocolError(ErrorCode.Failed, "the server's handler of this event failed"));

    /// <summary>The number of runs.</summary>
    public int Attempts { get; init; }

    /// <summary>Sends the result to a client.</summary>
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

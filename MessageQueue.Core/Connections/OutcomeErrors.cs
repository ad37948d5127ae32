using MessageQueue.Pipeline;
using MessageQueue.Protocol;
using MessageQueue.State;

namespace MessageQueue.Connections;

/// <summary>What a client is told when the state refused its command.</summary>
internal static class OutcomeErrors
{
    /// <summary>As an error on a connection that stays open.</summary>
    public static ProtocolError Of(OutcomeKind kind, BrokerLimits limits) => kind switch
    {
        OutcomeKind.UnknownSession => new ProtocolError(ErrorCode.UnknownSession, "there is no such session in this namespace; nothing was stored"),
        OutcomeKind.TooManyRooms => new ProtocolError(ErrorCode.Forbidden, TooManyRooms(limits)),
        OutcomeKind.TooManyLeftRooms => new ProtocolError(
            ErrorCode.Forbidden,
            $"a session may have left {limits.MaxLeftRoomsPerSession} rooms whose events it has not acknowledged; acknowledge events first, then leave this room"),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "This outcome is no refusal."),
    };

    /// <summary>As the end of a connection that wanted a session.</summary>
    public static (int Code, string Reason) CloseOf(OutcomeKind kind, BrokerLimits limits) => kind switch
    {
        OutcomeKind.UnknownSession => (CloseCode.NotAllowed, "this session does not exist or has expired; connect without it to get a new one"),
        OutcomeKind.TooManyRooms => (CloseCode.NotAllowed, TooManyRooms(limits)),
        OutcomeKind.TooManySessions => (CloseCode.Overloaded, "too many sessions; try again later"),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "This outcome is no refusal."),
    };

    private static string TooManyRooms(BrokerLimits limits) => $"a session may be in {limits.MaxRoomsPerSession} rooms at most";
}

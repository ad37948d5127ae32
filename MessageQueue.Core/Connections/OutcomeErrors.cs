using MessageQueue.Pipeline;
using MessageQueue.Protocol;
using MessageQueue.State;

namespace MessageQueue.Connections;

/// <summary>The errors that a client gets when the state refused its command.</summary>
internal static class OutcomeErrors
{
    /// <summary>Returns the error for a connection that stays open.</summary>
    public static ProtocolError Of(OutcomeKind kind, BrokerLimits limits) => kind switch
    {
        OutcomeKind.UnknownSession => RequestErrors.UnknownTarget,
        OutcomeKind.TooManyRooms => RequestErrors.TooManyRooms(limits.MaxRoomsPerSession),
        OutcomeKind.TooManyLeftRooms => RequestErrors.TooManyLeftRooms(limits.MaxLeftRoomsPerSession),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "This outcome is no refusal."),
    };

    /// <summary>Returns the close reason for a connection that could not get its session.</summary>
    public static CloseReason CloseOf(OutcomeKind kind, BrokerLimits limits) => kind switch
    {
        OutcomeKind.UnknownSession => CloseReason.UnknownSession,
        OutcomeKind.TooManyRooms => CloseReason.TooManyRooms(limits.MaxRoomsPerSession),
        OutcomeKind.TooManySessions => CloseReason.TooManySessions,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "This outcome is no refusal."),
    };
}

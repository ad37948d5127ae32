using MessageQueue.Delivery.Inspection;
using MessageQueue.State;

namespace MessageQueue.Http.Answers;

/// <summary>What is pending for a session.</summary>
/// <param name="Row">The session, as listings describe it.</param>
/// <param name="HeldBy">Why nothing is sent to it at this moment.</param>
/// <param name="Gaps">The gaps that it has not acknowledged.</param>
/// <param name="Events">Its pending events, oldest first: a page of them.</param>
/// <param name="Next">The number after which the next page begins; null if there is none.</param>
/// <param name="Now">The time of the answer, in milliseconds since the Unix epoch.</param>
internal sealed record PeekedSession(
    SessionRow Row, HeldBy HeldBy, IReadOnlyList<Gap> Gaps, IReadOnlyList<PeekedEvent> Events, long? Next, long Now);

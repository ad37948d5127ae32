using MessageQueue.Delivery.Inspection;

namespace MessageQueue.Http.Answers;

/// <summary>A pending event of a session.</summary>
/// <param name="Event">The event.</param>
/// <param name="Status">Where it is on its way.</param>
/// <param name="Deliveries">How often it was sent, as far as this run of the server knows.</param>
internal readonly record struct PeekedEvent(FoundEvent Event, OwedStatus Status, int Deliveries);

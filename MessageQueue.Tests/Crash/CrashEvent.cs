namespace MessageQueue.Tests.Crash;

/// <summary>An event that a producer sends.</summary>
/// <param name="Reference">Its <c>id</c> and also its data. Unique in the whole test.</param>
/// <param name="Number">Its position among the events of the producer.</param>
/// <param name="Rooms">The rooms that it is sent to, in this order.</param>
/// <param name="Round">The life of the server in which it was first sent.</param>
internal sealed record CrashEvent(string Reference, int Number, IReadOnlyList<string> Rooms, int Round);

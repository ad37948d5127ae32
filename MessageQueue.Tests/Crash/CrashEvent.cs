namespace MessageQueue.Tests.Crash;

/// <summary>An event that a producer sends.</summary>
/// <param name="Reference">Its <c>id</c> as the producer's own reference, and its data: unique in the whole test.</param>
/// <param name="Number">Its place among the producer's own.</param>
/// <param name="Rooms">Where it goes, in this order.</param>
/// <param name="Round">In which life of the server it was first sent.</param>
internal sealed record CrashEvent(string Reference, int Number, IReadOnlyList<string> Rooms, int Round);

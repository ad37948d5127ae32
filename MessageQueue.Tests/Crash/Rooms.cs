namespace MessageQueue.Tests.Crash;

/// <summary>The rooms of the crash test.</summary>
internal static class Rooms
{
    /// <summary>Every event is sent to this room.</summary>
    public const string Common = "common";

    /// <summary>A tenth of the events is sent to this room, and also to <see cref="Common"/>.</summary>
    public const string Rare = "rare";
}

namespace MessageQueue.Tests.Crash;

/// <summary>The rooms of the crash test.</summary>
internal static class Rooms
{
    /// <summary>Every event goes here.</summary>
    public const string Common = "common";

    /// <summary>A tenth of the events goes here, and to <see cref="Common"/> as well.</summary>
    public const string Rare = "rare";
}

namespace MessageQueue.Storage;

/// <summary>
/// How often and how fast a log is checked in the background; the documentation of each is that of the public option with <c>Scrub</c>
/// before its name.
/// </summary>
internal sealed record ScrubLimits
{
    public TimeSpan Interval { get; init; } = Timeout.InfiniteTimeSpan;

    public long BytesPerSecond { get; init; } = 4 << 20;
}

namespace MessageQueue.Storage;

/// <summary>
/// The intervals and the speed of the background check of a log. Each is documented at the public option of the same name with <c>Scrub</c>
/// in front.
/// </summary>
internal sealed record ScrubLimits
{
    public TimeSpan Interval { get; init; } = Timeout.InfiniteTimeSpan;

    public long BytesPerSecond { get; init; } = 4 << 20;
}

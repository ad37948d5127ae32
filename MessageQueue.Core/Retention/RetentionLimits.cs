namespace MessageQueue.Retention;

/// <summary>The limits of the log. Each is documented at the public option of the same name.</summary>
internal sealed record RetentionLimits
{
    /// <summary>Whether a power cut may destroy what is not sealed. Then no snapshot may be newer than what is sealed.</summary>
    public bool OnlySealedIsSafe { get; init; }

    public long SnapshotBytes { get; init; } = 256L << 20;

    public TimeSpan MaxLogAge { get; init; } = Timeout.InfiniteTimeSpan;

    public long MaxLogBytes { get; init; }

    public int MaxBacklogPerSession { get; init; }

    public TimeSpan MinHistoryAge { get; init; }

    public long MinHistoryBytes { get; init; }
}

namespace MessageQueue.Retention;

/// <summary>Bounds the log; the documentation of each is that of the public option of the same name.</summary>
internal sealed record RetentionLimits
{
    /// <summary>Whether a power cut may take what is not sealed: then no snapshot may be newer than what is.</summary>
    public bool OnlySealedIsSafe { get; init; }

    public long SnapshotBytes { get; init; } = 256L << 20;

    public TimeSpan MaxLogAge { get; init; } = Timeout.InfiniteTimeSpan;

    public long MaxLogBytes { get; init; }

    public int MaxBacklogPerSession { get; init; }

    public TimeSpan MinHistoryAge { get; init; }

    public long MinHistoryBytes { get; init; }
}

namespace MessageQueue.Client;

/// <summary>Something that an app should know, and that no result of a method tells it.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Message">The same for people: what happened, and to what.</param>
public sealed record ClientNotice(ClientNoticeKind Kind, string Message)
{
    /// <summary>The event's name, where it is about one; null otherwise.</summary>
    public string? Event { get; init; }

    /// <summary>The event's number; null where there is none.</summary>
    public long? Number { get; init; }

    /// <summary>The server's error code, or a code of <see cref="MessageQueueClientException"/>; null where there is none.</summary>
    public string? Code { get; init; }

    /// <summary>What a handler threw; null otherwise.</summary>
    public Exception? Exception { get; init; }

    /// <summary>The first number of a gap; 0 otherwise.</summary>
    public long From { get; init; }

    /// <summary>The last number of a gap; of another log, the last number that means the same in both; 0 otherwise.</summary>
    public long To { get; init; }

    /// <summary>How many events a gap dropped; null if that is unknown.</summary>
    public long? Count { get; init; }

    /// <summary>Of another log: the numbers of the events that were handled and are not in this log. Empty otherwise.</summary>
    public IReadOnlyList<long> Numbers { get; init; } = [];
}

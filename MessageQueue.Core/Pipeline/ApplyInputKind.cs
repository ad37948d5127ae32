namespace MessageQueue.Pipeline;

/// <summary>What the apply loop takes in: committed batches, and what needs no log.</summary>
internal enum ApplyInputKind : byte
{
    Committed,
    Failed,
    Acknowledge,
    AcknowledgeMany,
    AcknowledgeUpTo,
    Nack,
    RedeliveriesDue,
    Answer,
    Drained,
    Closed,
    Fetched,
    Tick,
    WriteProgress,
    Call,
}

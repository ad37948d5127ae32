namespace MessageQueue.Storage;

/// <summary>Checks the rules that every log has for a batch, before the batch is written.</summary>
internal static class BatchRules
{
    /// <summary>Throws if no log would accept the batch.</summary>
    /// <exception cref="ArgumentException">The batch is empty, or an entry has a type or a length that is not allowed.</exception>
    public static void Check(ReadOnlySpan<LogEntry> batch, int maxPayloadBytes)
    {
        if (batch.IsEmpty)
        {
            throw new ArgumentException("A batch must have at least one entry.", nameof(batch));
        }

        foreach (ref readonly LogEntry entry in batch)
        {
            if (entry.Type is 0 or >= LogEntry.FirstOwnType)
            {
                throw new ArgumentException($"An entry has type {entry.Type}; 1 to 127 are allowed.", nameof(batch));
            }

            if (entry.Payload.Length > maxPayloadBytes)
            {
                throw new ArgumentException(
                    $"A payload has {entry.Payload.Length} bytes, and at most {maxPayloadBytes} are allowed.", nameof(batch));
            }
        }
    }
}

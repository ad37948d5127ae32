namespace MessageQueue.Storage;

/// <summary>Checks what every log demands of a batch before it is written.</summary>
internal static class BatchRules
{
    /// <summary>Refuses a batch that no log takes.</summary>
    /// <exception cref="ArgumentException">
    /// The batch is empty, or an entry has a type or a length that it may not have.
    /// </exception>
    public static void Check(ReadOnlySpan<LogEntry> batch, int maxPayloadBytes)
    {
        if (batch.IsEmpty)
        {
            throw new ArgumentException("A batch has at least one entry.", nameof(batch));
        }

        foreach (ref readonly LogEntry entry in batch)
        {
            if (entry.Type is 0 or >= LogEntry.FirstOwnType)
            {
                throw new ArgumentException($"An entry has type {entry.Type}; 1 to 127 are the caller's.", nameof(batch));
            }

            if (entry.Payload.Length > maxPayloadBytes)
            {
                throw new ArgumentException(
                    $"A payload has {entry.Payload.Length} bytes, and at most {maxPayloadBytes} are taken.", nameof(batch));
            }
        }
    }
}

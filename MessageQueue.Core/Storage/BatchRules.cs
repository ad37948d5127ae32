using MessageQueue.Storage.Segments;

namespace MessageQueue.Storage;

/// <summary>Checks what every log demands of a batch before it is written.</summary>
internal static class BatchRules
{
    /// <summary>Returns the bytes of the batch as records.</summary>
    /// <exception cref="ArgumentException">
    /// The batch is empty or too large, or an entry has a type or a length that it may not have.
    /// </exception>
    public static int Check(ReadOnlySpan<LogEntry> batch, int maxPayloadBytes, int maxBatchBytes)
    {
        if (batch.IsEmpty)
        {
            throw new ArgumentException("A batch has at least one entry.", nameof(batch));
        }

        long bytes = 0;
        foreach (ref readonly LogEntry entry in batch)
        {
            if (entry.Type is 0 or >= RecordHeader.FirstOwnType)
            {
                throw new ArgumentException($"An entry has type {entry.Type}; 1 to 127 are the caller's.", nameof(batch));
            }

            if (entry.Payload.Length > maxPayloadBytes)
            {
                throw new ArgumentException(
                    $"A payload has {entry.Payload.Length} bytes, and at most {maxPayloadBytes} are taken.", nameof(batch));
            }

            bytes += RecordCodec.SizeOf(entry.Payload.Length);
        }

        return bytes <= maxBatchBytes
            ? (int)bytes
            : throw new ArgumentException($"The batch takes {bytes} bytes, and at most {maxBatchBytes} are taken.", nameof(batch));
    }
}

namespace MessageQueue.State.Records;

/// <summary>A session's connection ended.</summary>
/// <param name="AttachedAt">The attachment that ended. A later one is not affected.</param>
/// <param name="SentUpTo">Nothing beyond this was ever sent to the session.</param>
/// <param name="Progress">How far the session had acknowledged.</param>
internal readonly record struct DetachRecord(long AttachedAt, long SentUpTo, Progress Progress)
{
    public byte[] Encode()
    {
        PayloadWriter writer = new((2 * sizeof(long)) + Progress.Size);
        writer.Int64(AttachedAt);
        writer.Int64(SentUpTo);
        Progress.Encode(ref writer);
        return writer.Finish();
    }

    public static DetachRecord Decode(ReadOnlyMemory<byte> payload)
    {
        PayloadReader reader = new(payload);
        return new DetachRecord(reader.Int64(), reader.Int64(), Progress.Decode(ref reader));
    }
}

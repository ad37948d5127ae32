namespace MessageQueue.State.Records;

/// <summary>
/// What a session has acknowledged: everything up to <paramref name="Cursor"/> except <paramref name="Holes"/>. It may say less than what
/// is true but never more, so it can be applied in any order, and twice: that only ever adds.
/// </summary>
/// <param name="SessionId">The session.</param>
/// <param name="Cursor">The sequence up to which everything except the holes is acknowledged.</param>
/// <param name="Holes">The sequences up to the cursor that are still pending, ascending.</param>
internal readonly record struct Progress(long SessionId, long Cursor, IReadOnlyList<long> Holes)
{
    /// <summary>Gaps that end at or before this number were acknowledged; 0 for none.</summary>
    public long AcknowledgedUpTo { get; init; }

    /// <summary>The last record known when this was written. Gaps that arose later are not acknowledged by it.</summary>
    public long AsOf { get; init; }

    /// <summary>The encoded size.</summary>
    public int Size => (4 * sizeof(long)) + sizeof(int) + (Holes.Count * sizeof(long));

    public void Encode(ref PayloadWriter writer)
    {
        writer.Int64(SessionId);
        writer.Int64(Cursor);
        writer.Int64(AcknowledgedUpTo);
        writer.Int64(AsOf);
        writer.Int32(Holes.Count);
        foreach (long hole in Holes)
        {
            writer.Int64(hole);
        }
    }

    public static Progress Decode(ref PayloadReader reader)
    {
        long sessionId = reader.Int64();
        long cursor = reader.Int64();
        long acknowledgedUpTo = reader.Int64();
        long asOf = reader.Int64();
        long[] holes = new long[reader.Int32()];
        for (int i = 0; i < holes.Length; i++)
        {
            holes[i] = reader.Int64();
        }

        return new Progress(sessionId, cursor, holes) { AcknowledgedUpTo = acknowledgedUpTo, AsOf = asOf };
    }
}

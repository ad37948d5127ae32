namespace MessageQueue.State.Records;

/// <summary>The progress of sessions: many in one record, because there are many acknowledgements and they may be written late.</summary>
internal static class AcknowledgedRecord
{
    public static byte[] Encode(IReadOnlyList<Progress> sessions)
    {
        int size = sizeof(int);
        foreach (Progress progress in sessions)
        {
            size += progress.Size;
        }

        PayloadWriter writer = new(size);
        writer.Int32(sessions.Count);
        foreach (Progress progress in sessions)
        {
            progress.Encode(ref writer);
        }

        return writer.Finish();
    }

    public static IReadOnlyList<Progress> Decode(ReadOnlyMemory<byte> payload)
    {
        PayloadReader reader = new(payload);
        Progress[] sessions = new Progress[reader.Int32()];
        for (int i = 0; i < sessions.Length; i++)
        {
            sessions[i] = Progress.Decode(ref reader);
        }

        return sessions;
    }
}

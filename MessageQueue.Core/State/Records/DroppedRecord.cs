using MessageQueue.Storage;

namespace MessageQueue.State.Records;

/// <summary>
/// What retention drops. It is a record like any other, so that every fold forgets the same events at the same point; the log deletes the
/// data some time later. An empty record only advances the log.
/// </summary>
/// <param name="Ranges">The sequences that are dropped for everybody, ascending.</param>
/// <param name="Backlogs">The pending events of single sessions that are dropped because there were too many.</param>
internal sealed record DroppedRecord(IReadOnlyList<SequenceRange> Ranges, IReadOnlyList<BacklogCut> Backlogs)
{
    public byte[] Encode()
    {
        PayloadWriter writer = new(2 * sizeof(int) + (2 * sizeof(long) * (Ranges.Count + Backlogs.Count)));
        writer.Int32(Ranges.Count);
        foreach (SequenceRange range in Ranges)
        {
            writer.Int64(range.First);
            writer.Int64(range.Last);
        }

        writer.Int32(Backlogs.Count);
        foreach (BacklogCut cut in Backlogs)
        {
            writer.Int64(cut.SessionId);
            writer.Int64(cut.UpTo);
        }

        return writer.Finish();
    }

    public static DroppedRecord Decode(ReadOnlyMemory<byte> payload)
    {
        PayloadReader reader = new(payload);
        SequenceRange[] ranges = new SequenceRange[reader.Int32()];
        for (int i = 0; i < ranges.Length; i++)
        {
            ranges[i] = new SequenceRange(reader.Int64(), reader.Int64());
        }

        BacklogCut[] backlogs = new BacklogCut[reader.Int32()];
        for (int i = 0; i < backlogs.Length; i++)
        {
            backlogs[i] = new BacklogCut(reader.Int64(), reader.Int64());
        }

        return new DroppedRecord(ranges, backlogs);
    }
}

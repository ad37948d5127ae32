using MessageQueue.State;
using MessageQueue.State.Keys;

namespace MessageQueue.Snapshots;

/// <summary>Reads and writes the part of a snapshot with the unfinished events of durable handlers.</summary>
internal static class HandledEventsCodec
{
    public static void Write(HandledEvents? handled, SnapshotWriter writer)
    {
        writer.Number(handled?.Items.Count ?? 0);
        foreach ((long number, HandledEvent item) in handled?.Items ?? [])
        {
            writer.Number(number);
            writer.Number(item.Starts);
            writer.Number(item.Keys.Count);
            foreach ((string key, long sequence) in item.Keys.OrderBy(static entry => entry.Value))
            {
                writer.Text(key);
                writer.Number(sequence);
            }
        }
    }

    public static void Read(SessionState session, SnapshotReader reader)
    {
        for (int left = reader.Count(); left > 0; left--)
        {
            long number = reader.Number();
            HandledEvents handled = session.OpenHandled();
            handled.Restore(number, (int)reader.Number());
            for (int keys = reader.Count(); keys > 0; keys--)
            {
                handled.Add(number, reader.Text(), reader.Number());
            }
        }
    }
}

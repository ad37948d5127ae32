using MessageQueue.State;
using MessageQueue.State.Keys;
using MessageQueue.Storage;

namespace MessageQueue.Snapshots;

/// <summary>
/// Writes the state as bytes and reads it back: see docs/snapshot-format.md. The same state gives the same bytes. Streaming: it needs only
/// a small buffer in addition to the state.
/// </summary>
internal static class SnapshotCodec
{
    private const byte Version = 2;
    private const byte End = 0xE5;

    /// <summary>Writes the state.</summary>
    /// <param name="state">The state. It is not changed.</param>
    /// <param name="gone">What the snapshot before this one lists as dropped: the log may have deleted that much.</param>
    /// <param name="stream">The target.</param>
    public static void Write(ServerState state, IReadOnlyList<SequenceRange> gone, Stream stream)
    {
        SnapshotWriter writer = new(stream);
        writer.Byte(Version);
        writer.Ranges(gone);
        writer.Number(state.Head);
        writer.Number(state.Time);
        writer.Ranges(state.Dropped.Items);
        writer.Number(state.Namespaces.Count);
        foreach (NamespaceState ns in state.Namespaces.Values.OrderBy(ns => ns.Name, StringComparer.Ordinal))
        {
            NamespaceCodec.Write(ns, writer);
        }

        WriteReferences(state.Published, writer);
        WriteReferences(state.Keys.Own, writer);
        writer.Byte(End);
        writer.Finish();
    }

    /// <summary>Reads a state.</summary>
    /// <exception cref="LogDamagedException">The snapshot makes no sense, or a later version wrote it.</exception>
    public static Snapshot Read(Stream stream)
    {
        SnapshotReader reader = new(stream);
        byte version = reader.Byte();
        if (version is 0 or > Version)
        {
            throw SnapshotReader.Broken($"it has version {version}, and this program reads versions 1 to {Version}");
        }

        reader.Version = version;

        List<SequenceRange> gone = reader.Ranges();
        ServerState state = new(head: reader.Number(), time: reader.Number());
        foreach (SequenceRange range in reader.Ranges())
        {
            state.Dropped.Add(range);
        }

        for (int left = reader.Count(); left > 0; left--)
        {
            NamespaceCodec.Read(state, reader);
        }

        ReadReferences(state.Published, reader);
        if (version > 1)
        {
            ReadReferences(state.Keys.Own, reader);
        }

        return reader.Byte() == End ? new Snapshot(state, gone) : throw SnapshotReader.Broken("it does not end where it should");
    }

    private static void WriteReferences(PublishedReferences references, SnapshotWriter writer)
    {
        writer.Number(references.Count);
        foreach ((string ns, string reference, long sequence) in references.InOrder)
        {
            writer.Text(ns);
            writer.Text(reference);
            writer.Number(sequence);
        }
    }

    private static void ReadReferences(PublishedReferences references, SnapshotReader reader)
    {
        for (int left = reader.Count(); left > 0; left--)
        {
            references.Add(reader.Text(), reader.Text(), reader.Number());
        }
    }
}

using MessageQueue.Storage;

namespace MessageQueue.State.Records;

/// <summary>The versions of payloads. A new layout of a record gets the next version; all earlier ones can still be read.</summary>
internal static class RecordVersions
{
    /// <summary>Returns the version that this program writes, which is also the latest that it reads.</summary>
    public static ushort Of(RecordType type) =>
        type switch
        {
            RecordType.EventEmitted or RecordType.DeadLettered => 3,
            RecordType.RoomLeft => 2,
            _ => 1,
        };

    /// <summary>Throws if the program does not know the record's layout.</summary>
    /// <exception cref="LogDamagedException">A later version of the program wrote the record.</exception>
    public static void Check(in LogRecord record)
    {
        // One comparison: version 0, which nobody writes, becomes the largest number.
        if ((uint)(record.Version - 1) >= Of((RecordType)record.Type))
        {
            throw Unknown(record, $"version {record.Version} of type {record.Type}");
        }
    }

    /// <summary>Throws if the program does not know the record's flags.</summary>
    /// <exception cref="LogDamagedException">A later version of the program wrote the record.</exception>
    public static void CheckFlags(in LogRecord record, byte flags, byte known)
    {
        if ((flags & ~known) != 0)
        {
            throw Unknown(record, $"flags {flags:X2} in type {record.Type}");
        }
    }

    /// <summary>Returns the exception for a record that a later version wrote.</summary>
    public static LogDamagedException Unknown(in LogRecord record, string what) =>
        new($"Record {record.Sequence} has {what}, which this version does not know. Start the version that wrote it, or a later one.");
}

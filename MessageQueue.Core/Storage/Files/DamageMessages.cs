namespace MessageQueue.Storage.Files;

/// <summary>Builds the messages for damage. Each names the file, the offset, and the sequences that are lost.</summary>
internal static class DamageMessages
{
    private const string Untouched = "Nothing was changed on the disk.";

    /// <param name="path">The segment.</param>
    /// <param name="offset">The offset in it where the damage begins.</param>
    /// <param name="first">The first sequence that cannot be read.</param>
    /// <param name="last">The last one, as far as it is known.</param>
    /// <param name="reason">The description of the damage.</param>
    /// <param name="cause">The exception that was thrown, if any.</param>
    public static LogDamagedException OfRecords(
        string path, long offset, long first, long last, string reason, Exception? cause = null)
    {
        string sequences = last > first ? $"sequences {first} to {last}" : $"sequence {first}";
        return new LogDamagedException($"'{path}' is damaged at offset {offset}, {sequences}: {reason}. {Untouched}", cause);
    }

    public static LogDamagedException Unreadable(string path, long offset, long first, IOException cause) =>
        OfRecords(path, offset, first, first, "it cannot be read: " + cause.Message, cause);

    /// <summary>Returns the exception for a segment whose header is wrong, so that nothing in it can be trusted.</summary>
    public static LogDamagedException OfSegment(string path, long first, string reason, Exception? cause = null) =>
        new($"'{path}' is damaged at offset 0, sequences from {first} on: {reason}. {Untouched}", cause);

    public static LogDamagedException OfSnapshot(string path, long offset, long sequence, string reason, Exception? cause = null) =>
        new($"'{path}' is damaged at offset {offset}, the snapshot at sequence {sequence}: {reason}. {Untouched}", cause);

    /// <summary>Returns the exception for sequences that are in no file.</summary>
    public static LogDamagedException OfMissing(string path, long first, long last, string reason) =>
        new($"'{path}' lacks sequences {first} to {last}: {reason}. {Untouched}");

    public static LogDamagedException OfFile(string path, string reason, Exception? cause = null) =>
        new($"'{path}' is damaged at offset 0, every sequence: {reason}. {Untouched}", cause);
}

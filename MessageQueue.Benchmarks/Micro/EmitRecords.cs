using MessageQueue.State.Records;

namespace MessageQueue.Benchmarks.Micro;

/// <summary>The record of an emit as the log holds it, with 128 bytes of data.</summary>
internal static class EmitRecords
{
    private static readonly ReadOnlyMemory<byte>[] To = ["room"u8.ToArray()];

    /// <summary>The data, as JSON.</summary>
    public static byte[] Data => [(byte)'"', .. Generator.EventData.Utf8, (byte)'"'];

    /// <summary>Encodes the record.</summary>
    public static byte[] Encode(byte[] data) => new EmitRecord
    {
        Namespace = "/"u8,
        SenderId = 0,
        From = "alice"u8,
        Reference = default,
        Event = "e"u8,
        Data = data,
        HasSeveralArguments = false,
        To = To,
        Except = default,
        TimeToLive = 0,
        ExpectsReply = false,
        IsObserved = false,
        User = default,
        IsUserLeftOut = false,
        IsOwnKey = false,
        Cause = default,
        Trace = default,
    }.Encode();
}

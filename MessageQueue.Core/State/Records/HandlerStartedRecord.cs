namespace MessageQueue.State.Records;

/// <summary>
/// A durable handler is about to run for an event that was stored before the server started: it may have run already, and may have crashed
/// the process. The record also says what the handlers have finished so far, so that no finished event is blamed for the next crash.
/// </summary>
/// <param name="Progress">What the server's own session has acknowledged.</param>
/// <param name="Number">The event.</param>
internal readonly record struct HandlerStartedRecord(Progress Progress, long Number)
{
    public byte[] Encode()
    {
        PayloadWriter writer = new(Progress.Size + sizeof(long));
        Progress.Encode(ref writer);
        writer.Int64(Number);
        return writer.Finish();
    }

    public static HandlerStartedRecord Decode(ReadOnlyMemory<byte> payload)
    {
        PayloadReader reader = new(payload);
        return new HandlerStartedRecord(Progress.Decode(ref reader), reader.Int64());
    }
}

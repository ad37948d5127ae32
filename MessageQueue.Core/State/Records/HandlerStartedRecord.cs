namespace MessageQueue.State.Records;

/// <summary>
/// A durable handler is about to run for an event that was stored before the server started: it may have run, and ended the process. What
/// the handlers have finished by then goes with it, so that nothing that is done is blamed for the next crash.
/// </summary>
/// <param name="Progress">What the server's own session has dealt with.</param>
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

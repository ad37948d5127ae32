namespace MessageQueue.State.Records;

/// <summary>
/// A session got an event too often without acknowledging it. One record says both that the event is not pending any more and what is
/// stored in its place, an event of its own: so no crash can leave one without the other.
/// </summary>
internal static class DeadLetterRecord
{
    /// <param name="progress">What the session has acknowledged; the event counts as acknowledged.</param>
    /// <param name="emit">The payload of the new event.</param>
    public static byte[] Encode(in Progress progress, byte[] emit)
    {
        PayloadWriter writer = new(progress.Size + emit.Length);
        progress.Encode(ref writer);
        writer.Rest(emit);
        return writer.Finish();
    }

    /// <summary>Reads the first part. The reader is then at the second.</summary>
    public static Progress DecodeProgress(ref PayloadReader reader) => Progress.Decode(ref reader);
}

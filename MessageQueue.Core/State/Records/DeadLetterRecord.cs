namespace MessageQueue.State.Records;

/// <summary>
/// A session got an event too often without acknowledging it. One record says both that the session is not owed it any more and what
/// becomes of it, an event of its own: there is no moment at which a crash finds one without the other.
/// </summary>
internal static class DeadLetterRecord
{
    /// <param name="progress">What the session has dealt with; the event counts as dealt with.</param>
    /// <param name="emit">The payload of the new event.</param>
    public static byte[] Encode(in Progress progress, byte[] emit)
    {
        PayloadWriter writer = new(progress.Size + emit.Length);
        progress.Encode(ref writer);
        writer.Rest(emit);
        return writer.Finish();
    }

    /// <summary>Reads the first part; the reader is then at the second.</summary>
    public static Progress DecodeProgress(ref PayloadReader reader) => Progress.Decode(ref reader);
}

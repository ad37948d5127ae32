namespace MessageQueue.Protocol;

/// <summary>The rules for what a session shows of itself.</summary>
internal static class PresenceRules
{
    /// <summary>
    /// How deep it may nest: in a message it is three levels down, and many readers of JSON stop at 64.
    /// </summary>
    public const int MaxDepth = 61;

    /// <summary>Returns whether a session may show this JSON text.</summary>
    public static bool MayShow(ReadOnlySpan<byte> data, int maxBytes) =>
        data.Length <= maxBytes && (data.IsEmpty || JsonData.NestsAtMost(MaxDepth, data));
}

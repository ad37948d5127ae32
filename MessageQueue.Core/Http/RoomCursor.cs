using System.Globalization;

namespace MessageQueue.Http;

/// <summary>
/// The position at which a listing of rooms goes on, as one text: the length of the namespace, a colon, the namespace, the room. Names may
/// contain any character, so no separator between them would be safe.
/// </summary>
internal static class RoomCursor
{
    /// <summary>Writes a cursor.</summary>
    public static string Format(string ns, string room) => string.Create(CultureInfo.InvariantCulture, $"{ns.Length}:{ns}{room}");

    /// <summary>Parses a cursor. Returns null where the text is not one.</summary>
    public static (string Namespace, string Room)? TryParse(string text)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        bool isCursor = colon > 0 && int.TryParse(text.AsSpan(0, colon), NumberStyles.None, CultureInfo.InvariantCulture, out int length)
            && length <= text.Length - colon - 1;
        if (!isCursor)
        {
            return null;
        }

        int end = colon + 1 + int.Parse(text.AsSpan(0, colon), CultureInfo.InvariantCulture);
        return (text[(colon + 1)..end], text[end..]);
    }
}

using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace MessageQueue.Transport;

/// <summary>
/// Checks a text that arrives in pieces, which may be cut inside a character. Finds an error at the first byte that cannot be UTF-8. Looks
/// at every byte once.
/// </summary>
internal struct InboundText
{
    private const int MaxIncomplete = 3;

    private int _checked;

    /// <summary>Starts a new text.</summary>
    public void Clear() => _checked = 0;

    /// <summary>Checks what has arrived since the last call. Returns false if the text is not UTF-8, whatever bytes follow.</summary>
    /// <param name="text">All of the text that has arrived.</param>
    /// <param name="isWhole">Whether no more follows.</param>
    public bool Check(ReadOnlySpan<byte> text, bool isWhole)
    {
        ReadOnlySpan<byte> added = text[_checked..];
        int incomplete = isWhole ? 0 : IncompleteBytes(added);
        _checked = text.Length - incomplete;
        return Utf8.IsValid(added[..^incomplete]);
    }

    /// <summary>Returns how many bytes at the end begin a character that more bytes could complete.</summary>
    private static int IncompleteBytes(ReadOnlySpan<byte> text)
    {
        for (int count = 1; count <= Math.Min(MaxIncomplete, text.Length); count++)
        {
            bool continues = (text[^count] & 0xC0) == 0x80;
            if (!continues)
            {
                return Rune.DecodeFromUtf8(text[^count..], out _, out _) == OperationStatus.NeedMoreData ? count : 0;
            }
        }

        return 0;
    }
}

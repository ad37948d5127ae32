using System.Text.Json;

namespace MessageQueue.Protocol.Parsing;

/// <summary>
/// Where names go that were written with JSON escapes and so are no slice of the input. Nothing is allocated until the first of them.
/// A full chunk is left to the slices that point into it and another begun, so that they stay valid and one rare message cannot leave
/// a connection with a large buffer.
/// </summary>
internal sealed class UnescapeBuffer
{
    /// <summary>
    /// A target of 129 code points, each written as two <c>\uXXXX</c>. What is longer is too long a name, and not worth the unescaping.
    /// </summary>
    public const int MaxEscapedBytes = (Names.MaxNameCharacters + 1) * 12;

    private const int ChunkBytes = 2048;

    private byte[] _chunk = [];
    private int _used;

    /// <summary>Forgets what was unescaped; slices handed out before will be overwritten.</summary>
    public void Clear() => _used = 0;

    /// <summary>
    /// Unescapes the current string of the reader, at most <see cref="MaxEscapedBytes"/> long.
    /// False if it is no Unicode text, as <c>"\ud800"</c> is not.
    /// </summary>
    public bool TryUnescape(ref Utf8JsonReader json, out ReadOnlyMemory<byte> text)
    {
        // Unescaping never makes a string longer.
        if (_chunk.Length - _used < json.ValueSpan.Length)
        {
            _chunk = new byte[ChunkBytes];
            _used = 0;
        }

        try
        {
            int length = json.CopyString(_chunk.AsSpan(_used));
            text = _chunk.AsMemory(_used, length);
            _used += length;
            return true;
        }
        catch (InvalidOperationException)
        {
            text = default;
            return false;
        }
    }
}

using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Unicode;

namespace MessageQueue.Transport;

/// <summary>
/// Follows the masked bytes of a text, cut anywhere, and tells at the first byte that cannot belong to UTF-8 any more. Not thread-safe.
/// </summary>
internal struct InboundText
{
    private const int BlockBytes = 512;
    private const int MaxKept = 3;

    // The beginning of a character whose rest did not come yet.
    private uint _keptBytes;
    private int _kept;

    /// <summary>Whether the text may end here: not inside a character.</summary>
    public readonly bool IsWhole => _kept == 0;

    /// <summary>Another text begins.</summary>
    public void Clear() => _kept = 0;

    /// <summary>Takes the next bytes; false if the text is not UTF-8, whatever may follow.</summary>
    /// <param name="masked">The bytes, as they came.</param>
    /// <param name="mask">The mask, beginning at the first of them.</param>
    public bool Take(ReadOnlySpan<byte> masked, ReadOnlySpan<byte> mask)
    {
        Span<byte> block = stackalloc byte[MaxKept + BlockBytes];
        uint key = MemoryMarshal.Read<uint>(mask);
        while (!masked.IsEmpty)
        {
            // A multiple of the mask's length, but for the last, so that every block begins with the mask.
            int taken = Math.Min(masked.Length, BlockBytes);
            MemoryMarshal.AsBytes(new ReadOnlySpan<uint>(in _keptBytes))[.._kept].CopyTo(block);
            Unmask(masked[..taken], block.Slice(_kept, taken), key);
            if (!Follow(block[..(_kept + taken)]))
            {
                return false;
            }

            masked = masked[taken..];
        }

        return true;
    }

    private bool Follow(ReadOnlySpan<byte> text)
    {
        int incomplete = IncompleteBytes(text);
        if (!Utf8.IsValid(text[..^incomplete]))
        {
            return false;
        }

        _kept = incomplete;
        text[^incomplete..].CopyTo(MemoryMarshal.AsBytes(new Span<uint>(ref _keptBytes)));
        return true;
    }

    /// <summary>How many bytes at the end begin a character that more bytes could complete.</summary>
    private static int IncompleteBytes(ReadOnlySpan<byte> text)
    {
        for (int count = 1; count <= Math.Min(MaxKept, text.Length); count++)
        {
            bool continues = (text[^count] & 0xC0) == 0x80;
            if (!continues)
            {
                return Rune.DecodeFromUtf8(text[^count..], out _, out _) == OperationStatus.NeedMoreData ? count : 0;
            }
        }

        return 0;
    }

    private static void Unmask(ReadOnlySpan<byte> masked, Span<byte> text, uint key)
    {
        ulong wideKey = (ulong)key << 32 | key;
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(masked);
        Span<ulong> unmasked = MemoryMarshal.Cast<byte, ulong>(text);
        for (int i = 0; i < words.Length; i++)
        {
            unmasked[i] = words[i] ^ wideKey;
        }

        ReadOnlySpan<byte> keyBytes = MemoryMarshal.AsBytes(new ReadOnlySpan<uint>(in key));
        for (int i = words.Length * sizeof(ulong); i < masked.Length; i++)
        {
            text[i] = (byte)(masked[i] ^ keyBytes[i % sizeof(uint)]);
        }
    }
}

using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Unicode;

namespace MessageQueue.Transport;

/// <summary>
/// Checks the masked bytes of a text, which may be cut anywhere. Finds an error at the first byte that cannot be UTF-8. Not thread-safe.
/// </summary>
internal struct InboundText
{
    private const int BlockBytes = 512;
    private const int MaxKept = 3;

    // The first bytes of a character that is not complete yet.
    private uint _keptBytes;
    private int _kept;

    /// <summary>Whether the text may end here, that is, not inside a character.</summary>
    public readonly bool IsWhole => _kept == 0;

    /// <summary>Starts a new text.</summary>
    public void Clear() => _kept = 0;

    /// <summary>Checks the next bytes. Returns false if the text is not UTF-8, whatever bytes follow.</summary>
    /// <param name="masked">The bytes as they arrived.</param>
    /// <param name="mask">The mask, rotated so that it begins at the first of these bytes.</param>
    public bool Take(ReadOnlySpan<byte> masked, ReadOnlySpan<byte> mask)
    {
        Span<byte> block = stackalloc byte[MaxKept + BlockBytes];
        uint key = MemoryMarshal.Read<uint>(mask);
        while (!masked.IsEmpty)
        {
            // Every block but the last has a multiple of the mask's length, so that every block begins with the mask's first byte.
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

    /// <summary>Returns how many bytes at the end begin a character that more bytes could complete.</summary>
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

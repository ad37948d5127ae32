using System.Buffers;

namespace MessageQueue.Tests.Transport;

/// <summary>Makes a sequence of several segments out of arrays.</summary>
internal sealed class Segments : ReadOnlySequenceSegment<byte>
{
    private Segments(byte[] bytes, long index)
    {
        Memory = bytes;
        RunningIndex = index;
    }

    public static ReadOnlySequence<byte> Of(byte[][] pieces)
    {
        Segments first = new(pieces[0], 0);
        Segments last = first;
        foreach (byte[] piece in pieces.Skip(1))
        {
            Segments next = new(piece, last.RunningIndex + last.Memory.Length);
            last.Next = next;
            last = next;
        }

        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }
}

using System.Text;
using MessageQueue.Storage;

namespace MessageQueue.Snapshots;

/// <summary>Reads what <see cref="SnapshotWriter"/> wrote, in the same order, through a small buffer.</summary>
/// <remarks>The store has checked the bytes. So what makes no sense here was written wrong, or by a later version.</remarks>
internal sealed class SnapshotReader(Stream stream)
{
    private readonly byte[] _buffer = new byte[64 << 10];
    private int _next;
    private int _end;

    /// <summary>The version of the snapshot that is read.</summary>
    public byte Version { get; set; }

    /// <summary>Reads a byte.</summary>
    /// <exception cref="LogDamagedException">The snapshot ends here.</exception>
    public byte Byte()
    {
        if (_next == _end)
        {
            _next = 0;
            _end = stream.Read(_buffer);
            if (_end == 0)
            {
                throw Broken("it ends early");
            }
        }

        return _buffer[_next++];
    }

    /// <summary>Reads a number.</summary>
    public long Number()
    {
        long value = 0;
        for (int shift = 0; shift < 63; shift += 7)
        {
            byte next = Byte();
            value |= (long)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw Broken("a number is too large");
    }

    /// <summary>Reads a count.</summary>
    public int Count()
    {
        long count = Number();
        return count <= Array.MaxLength ? (int)count : throw Broken("a count is too large");
    }

    /// <summary>Reads a text.</summary>
    public string Text()
    {
        // A name has at most 512 bytes of UTF-8. The name of a namespace comes from a request's path, which is longer but bounded.
        int length = Count();
        if (length > 1 << 20)
        {
            throw Broken("a text is too long");
        }

        byte[] utf8 = new byte[length];
        for (int i = 0; i < length; i++)
        {
            utf8[i] = Byte();
        }

        return Encoding.UTF8.GetString(utf8);
    }

    /// <summary>Reads ascending sequences and passes them on one by one.</summary>
    public void Ascending(Action<long> take)
    {
        long last = 0;
        for (int left = Count(); left > 0; left--)
        {
            last += Number();
            take(last);
        }
    }

    /// <summary>Reads ranges of sequences, ascending.</summary>
    public List<SequenceRange> Ranges()
    {
        List<SequenceRange> ranges = [];
        long last = 0;
        for (int left = Count(); left > 0; left--)
        {
            long first = last + Number();
            last = first + Number();
            ranges.Add(new SequenceRange(first, last));
        }

        return ranges;
    }

    /// <summary>Returns the exception for a snapshot that makes no sense.</summary>
    public static LogDamagedException Broken(string problem) => new($"A snapshot cannot be read: {problem}.");
}

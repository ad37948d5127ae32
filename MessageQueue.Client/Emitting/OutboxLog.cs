using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Text;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;

namespace MessageQueue.Client.Emitting;

/// <summary>
/// The bytes of an outbox file. It begins with a header; each record has the length of its content (4 bytes, little-endian), a CRC-32C of
/// it (4 bytes), and the content: a 1, the length of the reference (2 bytes), the reference and the message for an emit, or a 2 and the
/// reference for one that is over. A record that the end of the file cuts off was never promised to anybody, and is cut away.
/// </summary>
internal sealed class OutboxLog : IDisposable
{
    private const byte Emit = 1;
    private const byte Done = 2;
    private const int HeadSize = 8;

    private readonly string _path;
    private readonly SafeFileHandle _file;
    private readonly ArrayBufferWriter<byte> _buffer = new();

    private OutboxLog(string path, SafeFileHandle file, long length)
    {
        _path = path;
        _file = file;
        Length = length;
    }

    private static ReadOnlySpan<byte> Header => "MQOUTBX1"u8;

    /// <summary>The size of the file.</summary>
    public long Length { get; private set; }

    /// <summary>Opens or creates a file.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="entries">The emits in it that are not over, in order.</param>
    /// <exception cref="InvalidDataException">It is damaged, or is not an outbox.</exception>
    public static OutboxLog Open(string path, out List<OutboxEntry> entries)
    {
        // The handle locks the file against other processes.
        SafeFileHandle file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        try
        {
            byte[] content = new byte[RandomAccess.GetLength(file)];
            ReadAll(file, content);
            long length = Read(path, content, out entries);
            if (length < Header.Length)
            {
                RandomAccess.SetLength(file, 0);
                RandomAccess.Write(file, Header, 0);
                length = Header.Length;
            }

            RandomAccess.SetLength(file, length);
            RandomAccess.FlushToDisk(file);
            DirectorySync.Flush(path);
            return new OutboxLog(path, file, length);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Returns the size of an emit's record.</summary>
    public static long SizeOf(OutboxEntry entry) => HeadSize + 3 + Encoding.UTF8.GetByteCount(entry.Id) + entry.Message.Length;

    /// <summary>Adds an emit to what <see cref="Write"/> writes.</summary>
    public void Append(OutboxEntry entry)
    {
        byte[] id = Encoding.UTF8.GetBytes(entry.Id);
        Span<byte> content = Begin(3 + id.Length + entry.Message.Length);
        content[0] = Emit;
        BinaryPrimitives.WriteUInt16LittleEndian(content[1..], (ushort)id.Length);
        id.CopyTo(content[3..]);
        entry.Message.CopyTo(content[(3 + id.Length)..]);
        Finish(content.Length);
    }

    /// <summary>Adds to what <see cref="Write"/> writes that an emit is over.</summary>
    public void AppendDone(OutboxEntry entry)
    {
        byte[] id = Encoding.UTF8.GetBytes(entry.Id);
        Span<byte> content = Begin(1 + id.Length);
        content[0] = Done;
        id.CopyTo(content[1..]);
        Finish(content.Length);
    }

    /// <summary>Writes what was added. After an exception the file is as before, and what was added is gone.</summary>
    public void Write(bool flush)
    {
        try
        {
            RandomAccess.Write(_file, _buffer.WrittenSpan, Length);
            if (flush)
            {
                RandomAccess.FlushToDisk(_file);
            }

            Length += _buffer.WrittenCount;
        }
        catch
        {
            RandomAccess.SetLength(_file, Length);
            throw;
        }
        finally
        {
            _buffer.ResetWrittenCount();
        }
    }

    /// <summary>Writes a new file with these emits only, and puts it in the place of this one.</summary>
    public OutboxLog Rewrite(IEnumerable<OutboxEntry> entries)
    {
        string path = _path + ".new";
        SafeFileHandle file = File.OpenHandle(path, FileMode.Create, FileAccess.ReadWrite, FileShare.None);
        OutboxLog log = new(_path, file, 0);
        log._buffer.Write(Header);
        foreach (OutboxEntry entry in entries)
        {
            log.Append(entry);
        }

        log.Write(flush: true);
        File.Move(path, _path, overwrite: true);
        DirectorySync.Flush(_path);
        Dispose();
        return log;
    }

    public void Dispose() => _file.Dispose();

    private static void ReadAll(SafeFileHandle file, Span<byte> content)
    {
        for (int done = 0; done < content.Length;)
        {
            int read = RandomAccess.Read(file, content[done..], done);
            done += read > 0 ? read : throw new EndOfStreamException("the outbox file became shorter while it was read");
        }
    }

    private static long Read(string path, byte[] content, out List<OutboxEntry> entries)
    {
        OrderedDictionary<string, OutboxEntry> open = [];
        int position = Math.Min(content.Length, Header.Length);
        if (!content.AsSpan(0, position).SequenceEqual(Header[..position]))
        {
            throw new InvalidDataException($"{path} is not an outbox file; choose another path");
        }

        while (position + HeadSize <= content.Length)
        {
            uint size = BinaryPrimitives.ReadUInt32LittleEndian(content.AsSpan(position));
            long end = position + HeadSize + (long)size;
            if (end > content.Length)
            {
                break;
            }

            ReadOnlySpan<byte> record = content.AsSpan(position + HeadSize, (int)size);
            if (size == 0 || Checksum(record) != BinaryPrimitives.ReadUInt32LittleEndian(content.AsSpan(position + 4)))
            {
                // The last record may be incomplete after a power cut; it is the only one.
                if (end == content.Length || content.AsSpan(position).IndexOfAnyExcept((byte)0) < 0)
                {
                    break;
                }

                throw new InvalidDataException(
                    $"{path} is damaged at byte {position}; its emits cannot be read. Move it away to go on without them");
            }

            Take(record, open);
            position = (int)end;
        }

        entries = [.. open.Values];
        return position;
    }

    private static void Take(ReadOnlySpan<byte> record, OrderedDictionary<string, OutboxEntry> open)
    {
        if (record[0] == Done)
        {
            open.Remove(Encoding.UTF8.GetString(record[1..]));
            return;
        }

        int length = BinaryPrimitives.ReadUInt16LittleEndian(record[1..]);
        string id = Encoding.UTF8.GetString(record.Slice(3, length));
        byte[] message = record[(3 + length)..].ToArray();
        using var json = JsonDocument.Parse(message);
        string name = json.RootElement.GetProperty("event").GetString()!;
        open[id] = new OutboxEntry(OutboxKind.Emit, id, name, message) { IsRestored = true };
    }

    private static uint Checksum(ReadOnlySpan<byte> content)
    {
        uint crc = uint.MaxValue;
        foreach (byte one in content)
        {
            crc = BitOperations.Crc32C(crc, one);
        }

        return ~crc;
    }

    private Span<byte> Begin(int size)
    {
        Span<byte> record = _buffer.GetSpan(HeadSize + size)[..(HeadSize + size)];
        BinaryPrimitives.WriteUInt32LittleEndian(record, (uint)size);
        return record[HeadSize..];
    }

    private void Finish(int size)
    {
        Span<byte> record = _buffer.GetSpan(HeadSize + size);
        BinaryPrimitives.WriteUInt32LittleEndian(record[4..], Checksum(record.Slice(HeadSize, size)));
        _buffer.Advance(HeadSize + size);
    }
}

using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text.Unicode;

namespace MessageQueue.Transport;

/// <summary>
/// Reads a client's frames (RFC 6455 sections 5 and 8.1) out of bytes that may be cut anywhere, and puts messages together. Reports every
/// error at the first byte that shows it, before the message is buffered. Not thread-safe, and mutable: do not copy it.
/// </summary>
/// <remarks>
/// Why not the framework's WebSocket: it has no limit on messages, stops at its first error without reading on to the close frame, and
/// finds some errors late or never. So all bytes had to be followed here anyway, and this does all of its work in the same pass. It holds
/// no memory while nothing arrives.
/// </remarks>
/// <param name="maxMessageBytes">The largest message, over all its fragments.</param>
internal struct FrameReader(int maxMessageBytes)
{
    private const int MaxControlBytes = 125;
    private const int CloseCodeBytes = sizeof(ushort);

    private FrameHeader _header;
    private PooledBuffer _message;
    private PooledBuffer _control;
    private InboundText _text;
    private ulong _unread;
    private uint _mask;
    private bool _inPayload;
    private bool _inMessage;
    private bool _isTaken;

    /// <summary>Whether binary messages are accepted.</summary>
    public bool TakesBinary { get; set; }

    /// <summary>The message, after <see cref="Inbound.Message"/>. Valid until the next read.</summary>
    public readonly ReadOnlyMemory<byte> Message => _message.Written;

    /// <summary>Whether the message is binary.</summary>
    public bool IsBinary { get; private set; }

    /// <summary>The payload of the ping, after <see cref="Inbound.Ping"/>. Valid until the next read.</summary>
    public readonly ReadOnlySpan<byte> ControlPayload => _control.Written.Span;

    /// <summary>Whether a whole close frame has arrived, valid or not.</summary>
    public bool CloseReceived { get; private set; }

    /// <summary>Whether frames are followed without being checked or kept, up to the close frame.</summary>
    public bool Skips { get; set; }

    /// <summary>Takes bytes up to the first thing that is to be dealt with, and removes them from <paramref name="bytes"/>.</summary>
    public Inbound Read(ref ReadOnlySequence<byte> bytes)
    {
        if (_isTaken)
        {
            _isTaken = false;
            _message.Clear();
        }

        while (!bytes.IsEmpty && !CloseReceived)
        {
            ReadOnlySpan<byte> span = bytes.FirstSpan;
            Inbound found = ReadSpan(span, out int taken);
            bytes = bytes.Slice(taken);
            if (found != Inbound.Nothing)
            {
                return found;
            }
        }

        return Inbound.Nothing;
    }

    /// <summary>Releases the memory that holds no part of a message. Call it when nothing has arrived.</summary>
    public void Rest()
    {
        if (_isTaken || _message.Length == 0)
        {
            _isTaken = false;
            _message.Release();
        }

        if (_control.Length == 0)
        {
            _control.Release();
        }
    }

    /// <summary>Releases all memory.</summary>
    public void Release()
    {
        _isTaken = false;
        _message.Release();
        _control.Release();
    }

    private Inbound ReadSpan(ReadOnlySpan<byte> bytes, out int taken)
    {
        taken = 0;
        while (taken < bytes.Length)
        {
            Inbound found;
            if (_inPayload)
            {
                int count = (int)Math.Min(_unread, (ulong)(bytes.Length - taken));
                found = TakePayload(bytes.Slice(taken, count));
                taken += count;
            }
            else
            {
                found = TakeHeader(bytes[taken..], out int count);
                taken += count;
            }

            if (found != Inbound.Nothing)
            {
                return found;
            }
        }

        return Inbound.Nothing;
    }

    private Inbound TakeHeader(ReadOnlySpan<byte> bytes, out int taken)
    {
        bool isWhole = _header.Take(bytes, out taken);
        Inbound error = !Skips && _header.HasLength ? FindError() : Inbound.Nothing;
        if (isWhole)
        {
            _mask = _header.Mask;
            _unread = _header.Length;
            _inPayload = _unread > 0;
        }

        if (error != Inbound.Nothing)
        {
            // A wrong length is reported at once, without waiting for the mask.
            Skips = true;
            return !isWhole || _inPayload ? error : EndFrame(error);
        }

        if (isWhole && !Skips)
        {
            BeginFrame();
        }

        return isWhole && !_inPayload ? EndFrame(Inbound.Nothing) : Inbound.Nothing;
    }

    private readonly Inbound FindError()
    {
        int opcode = _header.Opcode;
        bool isKnown = opcode switch
        {
            FrameHeader.Continuation => _inMessage,
            FrameHeader.Text or FrameHeader.Binary => !_inMessage,
            FrameHeader.Close => _header.IsFinal && _header.Length is <= MaxControlBytes and not 1,
            FrameHeader.Ping or FrameHeader.Pong => _header.IsFinal && _header.Length <= MaxControlBytes,
            _ => false,
        };
        if (!isKnown || _header.HasReservedBits || !_header.IsMasked || (long)_header.Length < 0)
        {
            return Inbound.ProtocolError;
        }

        return !_header.IsControl && _header.Length > (ulong)(maxMessageBytes - _message.Length) ? Inbound.TooBig
            : opcode == FrameHeader.Binary && !TakesBinary ? Inbound.UnwantedBinary
            : Inbound.Nothing;
    }

    private void BeginFrame()
    {
        if (_header.IsControl)
        {
            _control.Clear();
        }
        else if (_header.Opcode != FrameHeader.Continuation)
        {
            _inMessage = true;
            IsBinary = _header.Opcode == FrameHeader.Binary;
            _text.Clear();
        }
    }

    private Inbound TakePayload(ReadOnlySpan<byte> payload)
    {
        _unread -= (ulong)payload.Length;
        _inPayload = _unread > 0;
        if (!Skips)
        {
            if (_header.IsControl)
            {
                Unmask(payload, ref _control);
            }
            else
            {
                Unmask(payload, ref _message);
                bool endsMessage = !_inPayload && _header.IsFinal;
                if (!endsMessage && !IsBinary && !_text.Check(_message.Written.Span, isWhole: false))
                {
                    return Fail(Inbound.InvalidText);
                }
            }
        }

        return _inPayload ? Inbound.Nothing : EndFrame(Inbound.Nothing);
    }

    private Inbound EndFrame(Inbound error)
    {
        CloseReceived = _header.Opcode == FrameHeader.Close;
        if (Skips)
        {
            return error;
        }

        switch (_header.Opcode)
        {
            case FrameHeader.Ping:
                return Inbound.Ping;
            case FrameHeader.Pong:
                return Inbound.Nothing;
            case FrameHeader.Close:
                Inbound found = ReadClose(_control.Written.Span);
                return found == Inbound.Close ? found : Fail(found);
        }

        if (!_header.IsFinal)
        {
            return Inbound.Nothing;
        }

        if (!IsBinary && !_text.Check(_message.Written.Span, isWhole: true))
        {
            return Fail(Inbound.InvalidText);
        }

        _inMessage = false;
        _isTaken = true;
        return Inbound.Message;
    }

    private Inbound Fail(Inbound error)
    {
        Skips = true;
        return error;
    }

    // Codes as registered with IANA: those below 3000 that may be sent, and all that libraries and apps may choose (section 7.4).
    private static Inbound ReadClose(ReadOnlySpan<byte> payload)
    {
        if (payload.IsEmpty)
        {
            return Inbound.Close;
        }

        int code = BinaryPrimitives.ReadUInt16BigEndian(payload);
        return code is not ((>= 1000 and <= 1003) or (>= 1007 and <= 1014) or (>= 3000 and <= 4999))
            ? Inbound.ProtocolError
            : Utf8.IsValid(payload[CloseCodeBytes..]) ? Inbound.Close : Inbound.InvalidText;
    }

    /// <summary>Appends bytes without their mask, which afterwards begins at the next byte of the payload.</summary>
    private void Unmask(ReadOnlySpan<byte> masked, ref PooledBuffer into)
    {
        Span<byte> unmasked = into.GetFree(masked.Length).Span[..masked.Length];
        into.Advance(masked.Length);
        Vector128<byte> wideMask = Vector128.Create(_mask).AsByte();
        int whole = masked.Length & -Vector128<byte>.Count;
        for (int i = 0; i < whole; i += Vector128<byte>.Count)
        {
            (Vector128.Create(masked[i..]) ^ wideMask).CopyTo(unmasked[i..]);
        }

        ReadOnlySpan<byte> mask = MemoryMarshal.AsBytes(new ReadOnlySpan<uint>(in _mask));
        for (int i = whole; i < masked.Length; i++)
        {
            unmasked[i] = (byte)(masked[i] ^ mask[i % sizeof(uint)]);
        }

        int turned = 8 * (masked.Length % sizeof(uint));
        _mask = BitConverter.IsLittleEndian ? BitOperations.RotateRight(_mask, turned) : BitOperations.RotateLeft(_mask, turned);
    }
}

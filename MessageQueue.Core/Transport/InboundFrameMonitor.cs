using System.Buffers.Binary;
using System.Numerics;

namespace MessageQueue.Transport;

/// <summary>
/// Follows the frames (RFC 6455 section 5.2) in the bytes on their way to the framework's WebSocket, and checks what the framework does not
/// check. The framework has no size limit. It does not read on after an error. It notices a missing mask only when four more bytes follow,
/// so an empty frame without a mask gets no answer. It checks a text only when a frame or a buffer is full, and not at all when the last
/// frame is empty. And it reports a close reason that is not UTF-8 as a framing error. All other errors in frames are left to the
/// framework. Not thread-safe: only the reader calls it.
/// </summary>
internal sealed class InboundFrameMonitor(int maxMessageBytes)
{
    private const int MaskBytes = 4;
    private const int CloseCodeBytes = 2;
    private const int OpcodeContinuation = 0x0;
    private const int OpcodeText = 0x1;
    private const int OpcodeClose = 0x8;

    private InboundText _text;
    private byte _first;
    private byte _second;
    private bool _inPayload;
    private bool _messageIsText;
    private int _headerSeen;
    private int _lengthEnd;
    private uint _mask;
    private ulong _length;
    private ulong _unread;
    private ulong _messageBytes;

    /// <summary>The first violation. Bytes after it are followed but not checked.</summary>
    public FrameViolation Violation { get; private set; }

    /// <summary>Whether a whole close frame has arrived.</summary>
    public bool CloseReceived { get; private set; }

    private int Opcode => _first & 0xF;

    private bool IsFinal => (_first & 0x80) != 0;

    private bool IsControl => (_first & 0x8) != 0;

    private bool IsMasked => (_second & 0x80) != 0;

    // With a reserved bit set, the payload has another meaning, and the framework refuses the frame.
    private bool HasText => (_first & 0x70) == 0 && (IsControl ? Opcode == OpcodeClose : _messageIsText);

    /// <summary>
    /// Follows the next bytes, which may be cut anywhere. Returns how many of them may be passed on: all of them, or those before the frame
    /// with the violation, so that earlier messages are still handled.
    /// </summary>
    public int Scan(ReadOnlySpan<byte> bytes)
    {
        int passed = Violation == FrameViolation.None ? bytes.Length : 0;
        int frameStart = 0;
        int position = 0;
        while (position < bytes.Length)
        {
            FrameViolation violation;
            if (_inPayload)
            {
                int taken = (int)Math.Min(_unread, (ulong)(bytes.Length - position));
                violation = TakePayload(bytes.Slice(position, taken));
                position += taken;
            }
            else
            {
                if (_headerSeen == 0)
                {
                    frameStart = position;
                }

                violation = TakeHeaderByte(bytes[position++]);
            }

            if (Violation == FrameViolation.None && violation != FrameViolation.None)
            {
                Violation = violation;
                passed = frameStart;
            }
        }

        return passed;
    }

    private FrameViolation TakeHeaderByte(byte value)
    {
        switch (_headerSeen++)
        {
            case 0:
                _first = value;
                return FrameViolation.None;
            case 1:
                _second = value;
                _length = (ulong)(value & 0x7F);
                _lengthEnd = 2;
                if (_length >= 126)
                {
                    _lengthEnd += _length == 126 ? sizeof(ushort) : sizeof(ulong);
                    _length = 0;
                }

                break;
            default:
                if (_headerSeen <= _lengthEnd)
                {
                    _length = _length << 8 | value;
                }
                else
                {
                    _mask = _mask << 8 | value;
                }

                break;
        }

        // A wrong length is reported at once, without waiting for the mask.
        FrameViolation violation = _headerSeen == _lengthEnd ? Judge() : FrameViolation.None;
        if (_headerSeen == _lengthEnd + (IsMasked ? MaskBytes : 0))
        {
            _headerSeen = 0;
            _unread = _length;
            _inPayload = _length > 0;
            return _inPayload ? violation : First(violation, EndFrame());
        }

        return violation;
    }

    private FrameViolation Judge()
    {
        if (!IsMasked || (long)_length < 0)
        {
            return FrameViolation.ProtocolError;
        }

        if (IsControl)
        {
            return FrameViolation.None;
        }

        if (Opcode != OpcodeContinuation)
        {
            _messageIsText = Opcode == OpcodeText;
            _text.Clear();
        }

        // Neither sum can overflow: what was counted before is within the limit, or the checks have ended.
        _messageBytes += Math.Min(_length, int.MaxValue);
        bool tooBig = _messageBytes > (ulong)maxMessageBytes;
        if (IsFinal)
        {
            _messageBytes = 0;
        }

        return tooBig ? FrameViolation.TooBig : FrameViolation.None;
    }

    private FrameViolation TakePayload(ReadOnlySpan<byte> payload)
    {
        ulong offset = _length - _unread;
        _unread -= (ulong)payload.Length;
        FrameViolation violation = FrameViolation.None;
        if (Violation == FrameViolation.None && HasText && !TakeText(payload, offset))
        {
            violation = FrameViolation.InvalidText;
        }

        if (_unread > 0)
        {
            return violation;
        }

        _inPayload = false;
        return First(violation, EndFrame());
    }

    private bool TakeText(ReadOnlySpan<byte> payload, ulong offset)
    {
        if (Opcode == OpcodeClose)
        {
            // Nothing follows a close frame, so the state of a text that it interrupts is not needed any more.
            if (offset == 0)
            {
                _text.Clear();
            }

            int code = offset < CloseCodeBytes ? Math.Min(CloseCodeBytes - (int)offset, payload.Length) : 0;
            payload = payload[code..];
            offset += (ulong)code;
        }

        Span<byte> mask = stackalloc byte[MaskBytes];
        BinaryPrimitives.WriteUInt32BigEndian(mask, BitOperations.RotateLeft(_mask, 8 * (int)(offset % MaskBytes)));
        return _text.Take(payload, mask);
    }

    private FrameViolation EndFrame()
    {
        bool textEnds = Opcode == OpcodeClose || (IsFinal && !IsControl);
        bool invalid = textEnds && HasText && !_text.IsWhole;
        CloseReceived |= Opcode == OpcodeClose;
        return invalid ? FrameViolation.InvalidText : FrameViolation.None;
    }

    private static FrameViolation First(FrameViolation one, FrameViolation other) => one != FrameViolation.None ? one : other;
}

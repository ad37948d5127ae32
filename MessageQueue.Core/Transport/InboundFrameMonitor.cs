namespace MessageQueue.Transport;

/// <summary>
/// Follows the frame headers (RFC 6455 section 5.2) in the bytes on their way to the framework's WebSocket, for the three things that it does not do:
/// it has no size limit, does not read on after an error, and notices a frame without a mask only when four bytes follow that it takes for one, so that
/// an empty frame without a mask gets no answer. Everything else that can be wrong with a frame is left to it. Not thread-safe: called by whoever reads.
/// </summary>
internal sealed class InboundFrameMonitor(int maxMessageBytes)
{
    private const int MaskBytes = 4;
    private const int OpcodeClose = 0x8;

    private byte _first;
    private byte _second;
    private int _headerSeen;
    private int _headerNeeded;
    private ulong _length;
    private ulong _unread;
    private ulong _messageBytes;

    /// <summary>The first violation. The bytes behind it are followed without being judged.</summary>
    public FrameViolation Violation { get; private set; }

    /// <summary>Whether a whole close frame came by.</summary>
    public bool CloseReceived { get; private set; }

    /// <summary>
    /// Follows the next bytes, cut anywhere. Returns how many of them may be passed on: all, or those before the frame that is the violation, so that
    /// messages before it are still handled.
    /// </summary>
    public int Scan(ReadOnlySpan<byte> bytes)
    {
        int passed = Violation == FrameViolation.None ? bytes.Length : 0;
        int frameStart = 0;
        int position = 0;
        while (position < bytes.Length)
        {
            if (_unread > 0)
            {
                int skipped = (int)Math.Min(_unread, (ulong)(bytes.Length - position));
                _unread -= (ulong)skipped;
                position += skipped;
            }
            else
            {
                if (_headerSeen == 0)
                {
                    frameStart = position;
                }

                if (!ReadHeaderByte(bytes[position++]))
                {
                    continue;
                }

                FrameViolation violation = Judge();
                if (Violation == FrameViolation.None && violation != FrameViolation.None)
                {
                    Violation = violation;
                    passed = frameStart;
                }
            }

            if (_unread == 0 && (_first & 0xF) == OpcodeClose)
            {
                CloseReceived = true;
            }
        }

        return passed;
    }

    /// <summary>Takes one byte of a header; true when that was its last before the mask.</summary>
    private bool ReadHeaderByte(byte value)
    {
        switch (_headerSeen++)
        {
            case 0:
                _first = value;
                _headerNeeded = 2;
                return false;
            case 1:
                _second = value;
                _length = (ulong)(value & 0x7F);
                if (_length >= 126)
                {
                    _headerNeeded += _length == 126 ? sizeof(ushort) : sizeof(ulong);
                    _length = 0;
                }

                break;
            default:
                _length = _length << 8 | value;
                break;
        }

        if (_headerSeen < _headerNeeded)
        {
            return false;
        }

        _headerSeen = 0;
        return true;
    }

    private FrameViolation Judge()
    {
        bool masked = (_second & 0x80) != 0;
        if (!masked || (long)_length < 0)
        {
            _unread = _length;
            return FrameViolation.ProtocolError;
        }

        _unread = _length + MaskBytes;
        bool control = (_first & 0x8) != 0;
        if (control)
        {
            return FrameViolation.None;
        }

        // Neither sum can overflow: what was counted before is within the limit, or nothing is judged any more.
        _messageBytes += Math.Min(_length, int.MaxValue);
        bool tooBig = _messageBytes > (ulong)maxMessageBytes;
        bool final = (_first & 0x80) != 0;
        if (final)
        {
            _messageBytes = 0;
        }

        return tooBig ? FrameViolation.TooBig : FrameViolation.None;
    }
}

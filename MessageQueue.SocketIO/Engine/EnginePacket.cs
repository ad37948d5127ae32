namespace MessageQueue.SocketIO.Engine;

/// <summary>The types of packets, each the first character of a text message, and the frames of packets that are always the same.</summary>
internal static class EnginePacket
{
    public const byte Open = (byte)'0';
    public const byte Close = (byte)'1';
    public const byte Ping = (byte)'2';
    public const byte Pong = (byte)'3';
    public const byte Message = (byte)'4';
    public const byte Upgrade = (byte)'5';
    public const byte Noop = (byte)'6';

    /// <summary>What marks a binary message in a payload of polling.</summary>
    public const byte Binary = (byte)'b';

    /// <summary>What separates the packets of a payload.</summary>
    public const byte Separator = 0x1e;

    /// <summary>What the client sends to try a WebSocket before it upgrades to it.</summary>
    public static ReadOnlySpan<byte> Probe => "2probe"u8;

    /// <summary>The answer to <see cref="Probe"/>, as a frame.</summary>
    public static ReadOnlySpan<byte> ProbeAnswerFrame => [0x81, 6, Pong, (byte)'p', (byte)'r', (byte)'o', (byte)'b', (byte)'e'];

    /// <summary>A ping, as a frame.</summary>
    public static ReadOnlySpan<byte> PingFrame => [0x81, 1, Ping];
}

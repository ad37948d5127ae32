using System.Text;
using static MessageQueue.Tests.Infrastructure.RawWebSocket;

namespace MessageQueue.Tests.Conformance;

/// <summary>Builds what the cases send: <c>ping</c> messages of any length, whole and in fragments.</summary>
internal static class Messages
{
    /// <summary>Returns a <c>ping</c> message as bytes.</summary>
    public static byte[] Ping(string reference = "x") => Encoding.UTF8.GetBytes($$"""{"type":"ping","id":"{{reference}}"}""");

    /// <summary>Returns a <c>ping</c> message with these bytes as its reference, whether they are UTF-8 or not.</summary>
    public static byte[] PingOf(params byte[] reference) => [.. """{"type":"ping","id":" """u8[..^1], .. reference, .. "\"}"u8];

    /// <summary>Returns a <c>ping</c> message that is padded with white space to this length.</summary>
    public static byte[] PingOfLength(int length)
    {
        byte[] message = new byte[length];
        message.AsSpan().Fill((byte)' ');
        Ping().CopyTo(message, 0);
        return message;
    }

    /// <summary>
    /// Returns a <c>ping</c> message of this length. Characters of all UTF-8 lengths come before its reference, so that a server that
    /// loses its position in the message neither finds the reference nor reads valid text.
    /// </summary>
    public static byte[] FullPing(int length)
    {
        byte[] head = """{"type":"ping","ignored":" """u8[..^1].ToArray();
        byte[] tail = "\",\"id\":\"x\"}"u8.ToArray();
        byte[] mixed = "xé€😀"u8.ToArray();
        int rest = length - head.Length - tail.Length;
        return
        [
            .. head, .. Enumerable.Repeat(mixed, rest / mixed.Length).SelectMany(bytes => bytes),
            .. Enumerable.Repeat((byte)'x', rest % mixed.Length), .. tail,
        ];
    }

    /// <summary>Returns a message in fragments of this size.</summary>
    public static byte[] FragmentsOf(int size, byte[] message) => Fragments([.. message.Chunk(size)]);

    /// <summary>Returns a message in these fragments. Only the last one is final.</summary>
    public static byte[] Fragments(params byte[][] payloads) =>
    [
        .. payloads.SelectMany((payload, i) => Frame(i == 0 ? Text : Continuation, payload, final: i == payloads.Length - 1)),
    ];

    /// <summary>Returns a message with every byte in its own fragment.</summary>
    public static byte[] ByteFragments(byte[] message) => Fragments([.. message.Select(value => new[] { value })]);
}

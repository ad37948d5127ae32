using System.Text;
using static MessageQueue.Tests.Infrastructure.RawWebSocket;

namespace MessageQueue.Tests.Conformance;

/// <summary>What the cases send: messages <c>ping</c> of any length, whole and in fragments.</summary>
internal static class Messages
{
    /// <summary>A message <c>ping</c>, in bytes.</summary>
    public static byte[] Ping(string reference = "x") => Encoding.UTF8.GetBytes($$"""{"type":"ping","id":"{{reference}}"}""");

    /// <summary>One whose reference is these bytes, UTF-8 or not.</summary>
    public static byte[] PingOf(params byte[] reference) => [.. """{"type":"ping","id":" """u8[..^1], .. reference, .. "\"}"u8];

    /// <summary>One with white space behind it, so that it has this length.</summary>
    public static byte[] PingOfLength(int length)
    {
        byte[] message = new byte[length];
        message.AsSpan().Fill((byte)' ');
        Ping().CopyTo(message, 0);
        return message;
    }

    /// <summary>
    /// One of this length whose reference stands behind characters of all lengths, so that whoever loses its place in the message neither
    /// finds it nor reads text.
    /// </summary>
    public static byte[] FullPing(int length)
    {
        byte[] head = """{"type":"ping","ignored":" """u8[..^1].ToArray();
        byte[] tail = "\",\"id\":\"x\"}"u8.ToArray();
        byte[] mixed = "xé€😀"u8.ToArray();
        int rest = length - head.Length - tail.Length;
        return
        [
            .. head, .. Enumerable.Repeat(mixed, rest / mixed.Length).SelectMany(bytes => bytes), .. Enumerable.Repeat((byte)'x', rest % mixed.Length), .. tail,
        ];
    }

    /// <summary>A message in fragments of this size.</summary>
    public static byte[] FragmentsOf(int size, byte[] message) => Fragments([.. message.Chunk(size)]);

    /// <summary>A message in fragments: those before the last are not final.</summary>
    public static byte[] Fragments(params byte[][] payloads) =>
    [
        .. payloads.SelectMany((payload, i) => Frame(i == 0 ? Text : Continuation, payload, final: i == payloads.Length - 1)),
    ];

    /// <summary>A message with each of its bytes in a fragment of its own.</summary>
    public static byte[] ByteFragments(byte[] message) => Fragments([.. message.Select(value => new[] { value })]);
}

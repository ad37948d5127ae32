using System.Text;
using MessageQueue.Protocol;
using MessageQueue.Protocol.Parsing;

namespace MessageQueue.Tests.Protocol;

/// <summary>Parses messages that are written as text, and returns the results as text.</summary>
internal static class Parsing
{
    public static ClientRequest Accept(string json, int maxRooms = 128)
    {
        ClientRequest message = new();
        bool accepted = MessageParser.TryParse(
            Encoding.UTF8.GetBytes(json), new MessageLimits(maxRooms, 8192), message, out ProtocolError error);
        accepted.Should().BeTrue("{0} is allowed, but: {1}", json, error.Message);
        error.Should().Be(default(ProtocolError));
        return message;
    }

    public static ProtocolError Refuse(string json, int maxRooms = 128) => Refuse(json, out _, maxRooms);

    public static ProtocolError Refuse(string json, out string reference, int maxRooms = 128)
    {
        ClientRequest message = new();
        MessageParser.TryParse(Encoding.UTF8.GetBytes(json), new MessageLimits(maxRooms, 8192), message, out ProtocolError error)
            .Should().BeFalse("{0} is not allowed", json);
        error.Message.Length.Should().BeInRange(1, 200, "a person reads it");
        reference = message.Reference.AsText();
        return error;
    }

    public static void RefuseAsBadMessage(string json, string field)
    {
        ProtocolError error = Refuse(json);
        error.Code.Should().Be("bad_message");
        error.Message.Should().Contain($"`{field}`");
    }

    public static string AsText(this ReadOnlyMemory<byte> utf8) => Encoding.UTF8.GetString(utf8.Span);

    public static string[] AsTexts(this IEnumerable<ReadOnlyMemory<byte>> names) => [.. names.Select(AsText)];

    /// <summary>Returns a data value of nested arrays.</summary>
    public static string Nested(int depth) => new string('[', depth) + new string(']', depth);
}

using System.Text.Json;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Conformance;

/// <summary>The notation of the cases for the answers of a server.</summary>
internal static class Answers
{
    /// <summary>A close frame, followed by its code.</summary>
    public const string Close = "close ";

    /// <summary>The end of the stream, without a close frame.</summary>
    public const string End = "end";

    /// <summary>Describes a pong of the WebSocket protocol that answers a ping with this payload.</summary>
    public static string Pong(string payload) => $"control pong '{payload}'";

    /// <summary>Describes a <c>pong</c> message that answers a <c>ping</c> message with this reference.</summary>
    public static string Message(string reference) => $"pong {reference}";

    /// <summary>Describes the frame that came, in the same notation.</summary>
    public static string Describe(RawFrame? frame)
    {
        switch (frame?.First)
        {
            case null:
                return End;
            case 0x80 | RawWebSocket.Pong:
                return Pong(frame.Text);
            case 0x80 | RawWebSocket.Close:
                return Close + frame.CloseCode;
            case 0x80 | RawWebSocket.Text:
                JsonElement message = JsonSerializer.Deserialize<JsonElement>(frame.Payload);
                string type = message.GetProperty("type").GetString()!;
                return message.TryGetProperty(type == "error" ? "code" : "ref", out JsonElement value) ? $"{type} {value}" : type;
            default:
                return $"a frame that begins with {frame.First:X2}";
        }
    }
}

using System.Text.Json;

namespace MessageQueue.Protocol.Parsing;

/// <summary>From the bytes of one text message to what the client asks for.</summary>
internal static class MessageParser
{
    /// <summary>
    /// Parses in one pass, with the fields in any order, without an allocation unless a name has JSON escapes or the message is refused.
    /// Never throws, whatever the bytes; that they are UTF-8 is the transport's promise, and not checked again.
    /// As with <c>JSON.parse</c> the last of several equal keys counts. When it returns false, <see cref="ClientRequest.Reference"/> is
    /// still set if an <c>id</c> could be read: always where the text is well-formed, else where it stands before the place that is not.
    /// </summary>
    /// <param name="utf8">The text; the message refers to it.</param>
    /// <param name="limits">How long its lists may be.</param>
    /// <param name="message">Cleared and filled.</param>
    /// <param name="error">Why it was refused.</param>
    public static bool TryParse(ReadOnlyMemory<byte> utf8, in MessageLimits limits, ClientRequest message, out ProtocolError error)
    {
        message.Clear();
        MessageReader reader = new(utf8, limits, message);
        ProtocolError? fault;
        try
        {
            bool isObject = reader.Read();
            fault = reader.IsTooDeep ? new ProtocolError(ErrorCode.BadJson, $"nested deeper than {JsonScanner.MaxDepth}")
                : !isObject ? new ProtocolError(ErrorCode.BadMessage, "a message has to be a JSON object, as {\"type\":\"ping\"}")
                : MessageRules.Check(message, reader.States, limits);
        }
        catch (JsonException exception)
        {
            // Not the exception's own text, which repeats what the client sent.
            fault = new ProtocolError(ErrorCode.BadJson, utf8.IsEmpty ? "the message is empty" :
                $"not one JSON value: wrong at line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}");
        }

        error = fault.GetValueOrDefault();
        return fault is null;
    }
}

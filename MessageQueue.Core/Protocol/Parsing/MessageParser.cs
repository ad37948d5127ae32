using System.Text.Json;

namespace MessageQueue.Protocol.Parsing;

/// <summary>Parses one text message into a client's request.</summary>
internal static class MessageParser
{
    /// <summary>
    /// Parses in one pass, with the fields in any order. Allocates only if a name has JSON escapes or the message is refused. Never throws,
    /// whatever the bytes are; the transport has already checked that they are UTF-8. If a key occurs more than once, the last one counts,
    /// as with <c>JSON.parse</c>. When it returns false, <see cref="ClientRequest.Reference"/> is still set if an <c>id</c> could be read:
    /// in a well-formed text always, else if it comes before the error.
    /// </summary>
    /// <param name="utf8">The text; the message holds slices of it.</param>
    /// <param name="limits">The limits of its lists.</param>
    /// <param name="message">Cleared and filled.</param>
    /// <param name="error">The reason why the text was refused.</param>
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
            // Not the exception's own message, because it repeats text of the client.
            fault = new ProtocolError(ErrorCode.BadJson, utf8.IsEmpty ? "the message is empty" :
                $"not one JSON value: wrong at line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}");
        }

        error = fault.GetValueOrDefault();
        return fault is null;
    }
}

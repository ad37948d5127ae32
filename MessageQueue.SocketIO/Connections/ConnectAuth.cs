using System.Text.Json;
using MessageQueue.Protocol;

namespace MessageQueue.SocketIO.Connections;

/// <summary>What a client says when it joins a namespace: the payload of its CONNECT.</summary>
/// <param name="Session">The session that it names; null for none.</param>
/// <param name="Token">Its token; null for none.</param>
/// <param name="Pid">The private id that it got before; null for none.</param>
/// <param name="Offset">The number of the last event that it received; null for none, or if it is no number.</param>
internal sealed record ConnectAuth(string? Session, string? Token, RecoveryId? Pid, long? Offset)
{
    /// <summary>
    /// Reads the payload. Returns false if it is not an object. Sets an error, for the client, if a member is not allowed.
    /// </summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out ConnectAuth auth, out string? error)
    {
        auth = new ConnectAuth(null, null, null, null);
        error = null;
        if (payload.IsEmpty)
        {
            return true;
        }

        try
        {
            return TryReadObject(payload, ref auth, ref error);
        }
        catch (JsonException)
        {
            return false;
        }
        catch (InvalidOperationException)
        {
            // An escape such as "\ud800" is valid JSON, but no text.
            error = "auth has to be Unicode";
            return true;
        }
    }

    private static bool TryReadObject(ReadOnlySpan<byte> payload, ref ConnectAuth auth, ref string? error)
    {
        Utf8JsonReader json = new(payload, new JsonReaderOptions { MaxDepth = Packets.Payload.MaxDepth });
        if (!json.Read() || json.TokenType != JsonTokenType.StartObject)
        {
            return false;
        }

        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            bool isSession = json.ValueTextEquals("session"u8);
            bool isToken = json.ValueTextEquals("token"u8);
            bool isPid = json.ValueTextEquals("pid"u8);
            bool isOffset = json.ValueTextEquals("offset"u8);
            json.Read();
            string? text = (isSession || isToken || isPid || isOffset) && json.TokenType == JsonTokenType.String ? json.GetString() : null;
            if (isSession && json.TokenType != JsonTokenType.Null && (text is null || !Names.IsValidSession(text)))
            {
                error = "auth.session has to be 1 to 128 characters of Unicode";
            }

            auth = isSession ? auth with { Session = text }
                : isToken ? auth with { Token = string.IsNullOrEmpty(text) ? null : text }
                : isPid ? auth with { Pid = text is null ? null : RecoveryId.TryParse(text) }
                : isOffset ? auth with { Offset = ReadOffset(text) }
                : auth;
            json.Skip();
        }

        // Throws if anything follows the object.
        json.Read();
        return true;
    }

    private static long? ReadOffset(string? text) => long.TryParse(text, System.Globalization.NumberStyles.None, null, out long offset)
        ? offset
        : null;
}

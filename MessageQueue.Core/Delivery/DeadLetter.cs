using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using MessageQueue.State;
using MessageQueue.State.Records;

namespace MessageQueue.Delivery;

/// <summary>The dead letter: an event that carries another one which was delivered too often or not handled.</summary>
internal static class DeadLetter
{
    /// <summary>The name of the event.</summary>
    public const string EventName = "dead_letter";

    // Names and data stay as they were, as in any event: nothing here is HTML.
    private static readonly JsonWriterOptions Writing = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    /// <summary>Encodes the dead letter of an event that was delivered too often.</summary>
    /// <param name="session">The session that got the event too often.</param>
    /// <param name="storedEvent">The event.</param>
    /// <param name="target">Which entry of its <c>to</c> matched the session.</param>
    /// <param name="deliveries">How often the session got it.</param>
    /// <param name="isObserved">Whether the dead letter is for observers too.</param>
    public static byte[] Encode(SessionState session, StoredEvent storedEvent, int target, int deliveries, bool isObserved)
    {
        ReadOnlySpan<byte> data = Describe(
            storedEvent,
            json =>
            {
                json.WriteString("session", session.AddressUtf8);
                json.WriteNumber("deliveries", deliveries);
            },
            target);
        return Encode(storedEvent, DeadLetterRoom.Of(session.Address), data, isObserved);
    }

    /// <summary>Encodes the dead letter of an event that its durable handler did not finish.</summary>
    /// <param name="storedEvent">The event that was not handled.</param>
    /// <param name="attempts">How often its handler ran, or may have run.</param>
    /// <param name="reason">Why it was moved.</param>
    /// <param name="isObserved">Whether the dead letter is for observers too.</param>
    public static byte[] EncodeUnhandled(StoredEvent storedEvent, int attempts, string reason, bool isObserved)
    {
        ReadOnlySpan<byte> data = Describe(storedEvent, json =>
        {
            if (!storedEvent.Reference.IsEmpty)
            {
                json.WriteString("ref", storedEvent.Reference.Span);
            }

            json.WriteString("handler", storedEvent.Event.Span);
            json.WriteNumber("attempts", attempts);
            json.WriteString("reason", reason);
        });
        return Encode(storedEvent, DeadLetterRoom.OfHandler(Encoding.UTF8.GetString(storedEvent.Event.Span)), data, isObserved);
    }

    private static byte[] Encode(StoredEvent storedEvent, string room, ReadOnlySpan<byte> data, bool isObserved) => new EmitRecord
    {
        Namespace = storedEvent.Namespace.Span,
        SenderId = 0,
        From = default,
        Reference = default,
        Event = Encoding.UTF8.GetBytes(EventName),
        Data = data,
        HasSeveralArguments = false,
        To = [Encoding.UTF8.GetBytes(room), Encoding.UTF8.GetBytes(DeadLetterRoom.Everyones)],
        Except = default,
        TimeToLive = 0,
        ExpectsReply = false,
        IsObserved = isObserved,
        User = default,
        IsUserLeftOut = false,
        IsOwnKey = false,
        Cause = default,
        Trace = storedEvent.Trace.Span,
    }.Encode();

    // The event as its receiver would see it, followed by the reason why it is here.
    private static ReadOnlySpan<byte> Describe(StoredEvent storedEvent, Action<Utf8JsonWriter> reason, int target = -1)
    {
        ArrayBufferWriter<byte> buffer = new(storedEvent.Data.Length + 512);
        using Utf8JsonWriter json = new(buffer, Writing);
        json.WriteStartObject();
        json.WriteNumber("id", storedEvent.Sequence);
        json.WriteString("event", storedEvent.Event.Span);
        if (!storedEvent.Data.IsEmpty)
        {
            json.WritePropertyName("data");
            json.WriteRawValue(storedEvent.Data.Span, skipInputValidation: true);
        }

        if (storedEvent.HasSeveralArguments)
        {
            json.WriteBoolean("args", true);
        }

        if (target >= 0)
        {
            json.WriteString("room", storedEvent.To[target].Span);
        }

        if (!storedEvent.From.IsEmpty)
        {
            json.WriteString("from", storedEvent.From.Span);
        }

        json.WriteNumber("time", storedEvent.Time);
        reason(json);
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan;
    }
}

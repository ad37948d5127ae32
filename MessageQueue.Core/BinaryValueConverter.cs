using System.Buffers.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace MessageQueue;

/// <summary>
/// Writes <see cref="BinaryValue"/> as <c>{"$binary":"BASE64"}</c>, and reads it from that or from a string of base64. The type names it,
/// so it need not be added to options.
/// </summary>
public sealed class BinaryValueConverter : JsonConverter<BinaryValue>
{
    private static ReadOnlySpan<byte> Key => "$binary"u8;

    /// <inheritdoc />
    public override BinaryValue Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        new(Decode(ref reader));

    /// <inheritdoc />
    public override void Write(Utf8JsonWriter writer, BinaryValue value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        writer.WriteBase64String(Key, value.Bytes.Span);
        writer.WriteEndObject();
    }

    /// <summary>Returns the JSON text of bytes.</summary>
    internal static byte[] Encode(ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<byte> before = "{\"$binary\":\""u8;
        ReadOnlySpan<byte> after = "\"}"u8;
        int length = Base64.GetMaxEncodedToUtf8Length(bytes.Length);
        byte[] json = new byte[before.Length + length + after.Length];
        before.CopyTo(json);
        Base64.EncodeToUtf8(bytes, json.AsSpan(before.Length), out _, out _);
        after.CopyTo(json.AsSpan(before.Length + length));
        return json;
    }

    /// <summary>Reads bytes at the current value, and leaves the reader at its end.</summary>
    /// <exception cref="JsonException">The value is neither of the two texts.</exception>
    internal static byte[] Decode(ref Utf8JsonReader reader)
    {
        bool isObject = reader.TokenType == JsonTokenType.StartObject;
        if (isObject
            && (!reader.Read() || reader.TokenType != JsonTokenType.PropertyName || !reader.ValueTextEquals(Key) || !reader.Read()))
        {
            throw NotBytes();
        }

        if (reader.TokenType != JsonTokenType.String || !reader.TryGetBytesFromBase64(out byte[]? bytes))
        {
            throw NotBytes();
        }

        return !isObject || (reader.Read() && reader.TokenType == JsonTokenType.EndObject) ? bytes : throw NotBytes();
    }

    private static JsonException NotBytes() => new("Bytes have to be {\"$binary\":\"BASE64\"} or a string of base64.");
}

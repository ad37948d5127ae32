using System.Text.Json;
using System.Text.Json.Serialization;

namespace MessageQueue.Handlers;

/// <summary>
/// Lets every type of bytes be read from both texts that clients may send: <c>{"$binary":"BASE64"}</c>, and a string of base64, which is
/// what System.Text.Json reads alone.
/// </summary>
internal static class BytesConverters
{
    private static readonly Converter<byte[]> Array = new(static bytes => bytes);
    private static readonly Converter<Memory<byte>> Memory = new(static bytes => bytes);
    private static readonly Converter<ReadOnlyMemory<byte>> ReadOnly = new(static bytes => bytes);

    /// <summary>Adds the converters to options for reading.</summary>
    public static void AddTo(JsonSerializerOptions options)
    {
        options.Converters.Add(Array);
        options.Converters.Add(Memory);
        options.Converters.Add(ReadOnly);
    }

    /// <summary>Reads bytes. Returns false if the type is not one of bytes. Returns the default value where there is no text.</summary>
    /// <exception cref="JsonException">The text is not bytes.</exception>
    public static bool TryRead<T>(ReadOnlyMemory<byte> json, out T? value)
    {
        value = default;
        if (typeof(T) != typeof(byte[]) && typeof(T) != typeof(Memory<byte>) && typeof(T) != typeof(ReadOnlyMemory<byte>)
            && typeof(T) != typeof(BinaryValue))
        {
            return false;
        }

        Utf8JsonReader reader = new(json.Span);
        if (json.IsEmpty || !reader.Read() || reader.TokenType == JsonTokenType.Null)
        {
            return true;
        }

        byte[] bytes = BinaryValueConverter.Decode(ref reader);
        value = typeof(T) == typeof(byte[]) ? (T)(object)bytes
            : typeof(T) == typeof(Memory<byte>) ? (T)(object)new Memory<byte>(bytes)
            : typeof(T) == typeof(ReadOnlyMemory<byte>) ? (T)(object)new ReadOnlyMemory<byte>(bytes)
            : (T)(object)new BinaryValue(bytes);
        return true;
    }

    private sealed class Converter<T>(Func<byte[], T> convert) : JsonConverter<T>
    {
        public override bool HandleNull => typeof(T).IsValueType;

        public override T? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.Null ? default : convert(BinaryValueConverter.Decode(ref reader));

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
            throw new NotSupportedException("These options are for reading.");
    }
}

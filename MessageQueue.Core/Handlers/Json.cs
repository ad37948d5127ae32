using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using MessageQueue.Protocol;

namespace MessageQueue.Handlers;

/// <summary>
/// Converts between JSON text and the app's types. Metadata comes from the app's options. If the app gave none, it comes from reflection,
/// unless reflection is switched off. Raw JSON and bytes need no metadata, and the app's JSON context usually has none for them.
/// </summary>
internal sealed class Json
{
    private readonly JsonSerializerOptions _reading;
    private readonly JsonSerializerOptions _writing;
    private readonly bool _readsBytes;

    public Json(JsonSerializerOptions? options)
    {
        _writing = Freeze(options is null ? new JsonSerializerOptions(JsonSerializerDefaults.Web) : new JsonSerializerOptions(options));

        // The checks apply only to data from clients. Values that the app's own code writes are not checked.
        JsonSerializerOptions reading = options is not null ? new JsonSerializerOptions(options) : new(JsonSerializerDefaults.Web)
        {
            RespectRequiredConstructorParameters = true,
            RespectNullableAnnotations = true,
        };
        _readsBytes = !reading.Converters.Any(static converter => converter.CanConvert(typeof(byte[])));
        if (_readsBytes)
        {
            BytesConverters.AddTo(reading);
        }

        _reading = Freeze(reading);
    }

    /// <summary>
    /// Reads the first argument, using the given metadata. Returns the default value where there is none.
    /// </summary>
    public static T? Read<T>(EventData data, JsonTypeInfo<T> typeInfo) => Read(FirstOf(data), typeInfo);

    /// <summary>Reads a value, using the given metadata. Returns the default value where there is no text.</summary>
    public static T? Read<T>(ReadOnlyMemory<byte> json, JsonTypeInfo<T> typeInfo) =>
        json.IsEmpty ? default : JsonSerializer.Deserialize(json.Span, typeInfo);

    /// <summary>Writes a value, using the given metadata.</summary>
    public static EventData Write<T>(T value, JsonTypeInfo<T> typeInfo) =>
        new(JsonSerializer.SerializeToUtf8Bytes(value, typeInfo), HasSeveralArguments: false);

    /// <summary>
    /// Reads the first argument, or all of them where that is what is asked for. Returns the default value where there is none.
    /// </summary>
    public T? Read<T>(EventData data) =>
        typeof(T) == typeof(ReceivedArguments) ? (T)(object)new ReceivedArguments(this, data) : Read<T>(FirstOf(data));

    /// <summary>Reads a value. Returns the default value where there is no text.</summary>
    public T? Read<T>(ReadOnlyMemory<byte> json)
    {
        if (typeof(T) == typeof(JsonElement))
        {
            return json.IsEmpty ? default : (T)(object)JsonElement.Parse(json.Span);
        }

        return _readsBytes && BytesConverters.TryRead(json, out T? bytes) ? bytes : Read(json, TypeInfoOf<T>(_reading));
    }

    /// <summary>Writes a value by its declared type.</summary>
    public EventData Write<T>(T value) =>
        TryWriteKnown(value) ?? new EventData(JsonSerializer.SerializeToUtf8Bytes(value, TypeInfoOf<T>(_writing)), false);

    /// <summary>Writes a value by its actual type. Returns no text for null.</summary>
    public EventData WriteObject(object? value) => value is null ? default
        : TryWriteKnown(value)
            ?? new EventData(JsonSerializer.SerializeToUtf8Bytes(value, _writing.GetTypeInfo(value.GetType())), HasSeveralArguments: false);

    private EventData? TryWriteKnown<T>(T value) => value switch
    {
        Arguments arguments => WriteSeveral(arguments.Values),
        ReceivedArguments arguments => arguments.Content,
        JsonElement element => new EventData(System.Text.Encoding.UTF8.GetBytes(element.GetRawText()), HasSeveralArguments: false),
        byte[] bytes => WriteBytes(bytes),
        Memory<byte> bytes => WriteBytes(bytes.Span),
        ReadOnlyMemory<byte> bytes => WriteBytes(bytes.Span),
        BinaryValue binary => WriteBytes(binary.Bytes.Span),
        _ => null,
    };

    private static EventData WriteBytes(ReadOnlySpan<byte> bytes) => new(BinaryValueConverter.Encode(bytes), HasSeveralArguments: false);

    private EventData WriteSeveral(ReadOnlySpan<object?> values)
    {
        if (values.Length <= 1)
        {
            return values.IsEmpty ? default : new EventData(WriteEntry(values[0]), HasSeveralArguments: false);
        }

        ArrayBufferWriter<byte> array = new(256);
        for (int i = 0; i < values.Length; i++)
        {
            array.Write(i == 0 ? "["u8 : ","u8);
            array.Write(WriteEntry(values[i]).Span);
        }

        array.Write("]"u8);
        return new EventData(array.WrittenMemory, HasSeveralArguments: true);
    }

    private ReadOnlyMemory<byte> WriteEntry(object? value) => value is null ? "null"u8.ToArray() : WriteObject(value).Json;

    private static ReadOnlyMemory<byte> FirstOf(EventData data) =>
        !data.HasSeveralArguments ? data.Json : ReceivedArguments.Split(data.Json) is [var first, ..] ? first : default;

    private static JsonTypeInfo<T> TypeInfoOf<T>(JsonSerializerOptions options) => (JsonTypeInfo<T>)options.GetTypeInfo(typeof(T));

    private static JsonSerializerOptions Freeze(JsonSerializerOptions options)
    {
        options.TypeInfoResolver ??= DefaultResolver();
        options.MakeReadOnly();
        return options;
    }

    [UnconditionalSuppressMessage(
        "Trimming", "IL2026", Justification = "Not reached where reflection is switched off, as it is in trimmed apps.")]
    [UnconditionalSuppressMessage(
        "AOT", "IL3050", Justification = "Not reached where reflection is switched off, as it is in apps compiled ahead of time.")]
    private static IJsonTypeInfoResolver DefaultResolver() =>
        JsonSerializer.IsReflectionEnabledByDefault ? new DefaultJsonTypeInfoResolver() : JsonTypeInfoResolver.Combine();
}

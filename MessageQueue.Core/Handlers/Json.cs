using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace MessageQueue.Handlers;

/// <summary>
/// Converts between JSON text and the app's types. Metadata comes from the app's options. If the app gave none, it comes from reflection,
/// unless reflection is switched off.
/// </summary>
internal sealed class Json
{
    private readonly JsonSerializerOptions _reading;
    private readonly JsonSerializerOptions _writing;

    public Json(JsonSerializerOptions? options)
    {
        _writing = Freeze(options is null ? new JsonSerializerOptions(JsonSerializerDefaults.Web) : new JsonSerializerOptions(options));
        if (options is not null)
        {
            _reading = _writing;
            return;
        }

        // The checks apply only to data from clients. Values that the app's own code writes are not checked.
        _reading = Freeze(new JsonSerializerOptions(JsonSerializerDefaults.Web)
        {
            RespectRequiredConstructorParameters = true,
            RespectNullableAnnotations = true,
        });
    }

    /// <summary>Reads a value, using the given metadata. Returns the default value where there is no text.</summary>
    public static T? Read<T>(ReadOnlyMemory<byte> json, JsonTypeInfo<T> typeInfo) =>
        json.IsEmpty ? default : JsonSerializer.Deserialize(json.Span, typeInfo);

    /// <summary>Writes a value, using the given metadata.</summary>
    public static byte[] Write<T>(T value, JsonTypeInfo<T> typeInfo) => JsonSerializer.SerializeToUtf8Bytes(value, typeInfo);

    /// <summary>Reads a value. Returns the default value where there is no text.</summary>
    public T? Read<T>(ReadOnlyMemory<byte> json)
    {
        // Raw JSON needs no metadata, and the app's JSON context usually has none for it.
        if (typeof(T) == typeof(JsonElement))
        {
            return json.IsEmpty ? default : (T)(object)JsonElement.Parse(json.Span);
        }

        return Read(json, TypeInfoOf<T>(_reading));
    }

    /// <summary>Writes a value by its declared type.</summary>
    public byte[] Write<T>(T value) => value is JsonElement element ? Write(element) : Write(value, TypeInfoOf<T>(_writing));

    /// <summary>Writes a value by its actual type. Returns no text for null.</summary>
    public byte[] WriteObject(object? value) => value switch
    {
        null => [],
        JsonElement element => Write(element),
        _ => JsonSerializer.SerializeToUtf8Bytes(value, _writing.GetTypeInfo(value.GetType())),
    };

    private static JsonTypeInfo<T> TypeInfoOf<T>(JsonSerializerOptions options) => (JsonTypeInfo<T>)options.GetTypeInfo(typeof(T));

    private static JsonSerializerOptions Freeze(JsonSerializerOptions options)
    {
        options.TypeInfoResolver ??= DefaultResolver();
        options.MakeReadOnly();
        return options;
    }

    private static byte[] Write(JsonElement element) => System.Text.Encoding.UTF8.GetBytes(element.GetRawText());

    [UnconditionalSuppressMessage(
        "Trimming", "IL2026", Justification = "Not reached where reflection is switched off, as it is in trimmed apps.")]
    [UnconditionalSuppressMessage(
        "AOT", "IL3050", Justification = "Not reached where reflection is switched off, as it is in apps compiled ahead of time.")]
    private static IJsonTypeInfoResolver DefaultResolver() =>
        JsonSerializer.IsReflectionEnabledByDefault ? new DefaultJsonTypeInfoResolver() : JsonTypeInfoResolver.Combine();
}

using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace MessageQueue.Client.Messages;

/// <summary>
/// Converts between JSON text and the app's types, by the app's options, or by reflection where that is not switched off.
/// </summary>
internal sealed class DataCodec
{
    private readonly JsonSerializerOptions _options;

    public DataCodec(JsonSerializerOptions? options)
    {
        _options = options is null ? new JsonSerializerOptions(JsonSerializerDefaults.Web) : new JsonSerializerOptions(options);
        _options.TypeInfoResolver ??= DefaultResolver();
        _options.MakeReadOnly();
    }

    /// <summary>Reads a value; the default value where there is no text.</summary>
    /// <exception cref="JsonException">The text is not such a value.</exception>
    public T Read<T>(ReadOnlyMemory<byte> json, JsonTypeInfo<T>? typeInfo)
    {
        if (json.IsEmpty)
        {
            return default!;
        }

        // JSON as it is needs no metadata, and an app's context has none for it.
        return typeof(T) == typeof(JsonElement)
            ? (T)(object)JsonElement.Parse(json.Span)
            : JsonSerializer.Deserialize(json.Span, typeInfo ?? TypeInfoOf<T>())!;
    }

    /// <summary>Writes a value.</summary>
    public byte[] Write<T>(T value, JsonTypeInfo<T>? typeInfo) => value switch
    {
        JsonElement { ValueKind: JsonValueKind.Undefined } => [],
        JsonElement element => Encoding.UTF8.GetBytes(element.GetRawText()),
        _ => JsonSerializer.SerializeToUtf8Bytes(value, typeInfo ?? TypeInfoOf<T>()),
    };

    /// <summary>Writes a value by its actual type; no text for null.</summary>
    public byte[] WriteObject(object? value) => value switch
    {
        null => [],
        JsonElement element => Write(element, null),
        _ => JsonSerializer.SerializeToUtf8Bytes(value, _options.GetTypeInfo(value.GetType())),
    };

    private JsonTypeInfo<T> TypeInfoOf<T>() => (JsonTypeInfo<T>)_options.GetTypeInfo(typeof(T));

    [UnconditionalSuppressMessage(
        "Trimming", "IL2026", Justification = "Not reached where reflection is switched off, as it is in trimmed apps.")]
    [UnconditionalSuppressMessage(
        "AOT", "IL3050", Justification = "Not reached where reflection is switched off, as it is in apps compiled ahead of time.")]
    private static IJsonTypeInfoResolver DefaultResolver() =>
        JsonSerializer.IsReflectionEnabledByDefault ? new DefaultJsonTypeInfoResolver() : JsonTypeInfoResolver.Combine();
}

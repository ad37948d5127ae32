using System.Text.Json.Serialization;

namespace ChatApp;

/// <summary>The JSON metadata of the types that the app sends and receives, generated when the app is compiled.</summary>
[JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(ChatMessage))]
[JsonSerializable(typeof(Receipt))]
internal sealed partial class ChatJson : JsonSerializerContext;

using System.Text.Json.Serialization;

namespace ChatApp;

/// <summary>What the app sends and receives, known when it is compiled.</summary>
[JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(ChatMessage))]
[JsonSerializable(typeof(Receipt))]
internal sealed partial class ChatJson : JsonSerializerContext;

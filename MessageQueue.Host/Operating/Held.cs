using System.Text.Json;

namespace MessageQueue.Host.Operating;

/// <summary>Says in words why nothing is sent to a session.</summary>
internal static class Held
{
    /// <summary>Returns the reason after a colon, or nothing if nothing holds the session or the row has said it already.</summary>
    public static string Describe(JsonElement row) =>
        row.TryGetProperty("heldBy", out JsonElement held) && Words(held.GetString()!) is { } words ? $": {words}" : "";

    private static string? Words(string heldBy) => heldBy switch
    {
        "noConnection" => null,
        "window" => "its window is full, the client does not acknowledge",
        "output" => "its output is full, the client does not read",
        "delayedEvents" => "too many events wait out the delay of a nack",
        "reading" => "the next event is being read",
        "unreadableEvent" => "the next event cannot be read, the log is damaged",
        _ => heldBy,
    };
}

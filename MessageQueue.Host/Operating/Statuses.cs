using System.Text.Json;

namespace MessageQueue.Host.Operating;

/// <summary>Says in words what became of an event for a session.</summary>
internal static class Statuses
{
    private static readonly Dictionary<string, string> Words = new()
    {
        ["notAddressed"] = "not for it",
        ["excluded"] = "left out by the sender",
        ["unsent"] = "not sent yet",
        ["inFlight"] = "sent, not acknowledged",
        ["waiting"] = "sent, not acknowledged, comes again",
        ["delayed"] = "refused (nack), comes again after its delay",
        ["movingToDeadLetters"] = "delivered too often, becomes a dead letter",
        ["deadLettered"] = "delivered too often, a dead letter",
        ["expired"] = "expired",
        ["gap"] = "dropped by retention, told as a gap",
        ["acknowledged"] = "acknowledged",
        ["acknowledgedOrExpired"] = "acknowledged, or expired before",
    };

    /// <summary>Describes the status of a row, and how often the event was sent.</summary>
    public static string Describe(JsonElement row)
    {
        string words = Describe(row.GetProperty("status").GetString()!);
        return row.TryGetProperty("deliveries", out JsonElement deliveries) && deliveries.GetInt32() > 1
            ? $"{words}, sent {deliveries} times"
            : words;
    }

    /// <summary>Describes a status; a later server may have others.</summary>
    public static string Describe(string status) => Words.GetValueOrDefault(status, status);
}

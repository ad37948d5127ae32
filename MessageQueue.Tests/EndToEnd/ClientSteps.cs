using System.Text.Json;

namespace MessageQueue.Tests.EndToEnd;

/// <summary>What tests of the protocol do over and over.</summary>
internal static class ClientSteps
{
    /// <summary>Emits so many events to a room and returns their numbers.</summary>
    public static async Task<long[]> EmitManyAsync(this EventClient client, string to, int count)
    {
        for (int i = 0; i < count; i++)
        {
            await client.SendAsync(new { type = "emit", @event = "test", data = i, to });
        }

        long[] ids = new long[count];
        for (int i = 0; i < count; i++)
        {
            ids[i] = (await client.NextAsync("ack")).GetProperty("id").GetInt64();
        }

        return ids;
    }

    /// <summary>
    /// The events that have come and were not read. The server had nothing more to send to this connection when it was asked.
    /// </summary>
    public static async Task<List<JsonElement>> EventsSoFarAsync(this EventClient client)
    {
        await client.PingAsync();
        List<JsonElement> events = [];
        while (client.Frames("event").TryRead(out JsonElement frame))
        {
            events.Add(frame);
        }

        return events;
    }

    /// <summary>The numbers of <see cref="EventsSoFarAsync"/>.</summary>
    public static async Task<long[]> IdsSoFarAsync(this EventClient client) => [.. (await client.EventsSoFarAsync()).Select(Id)];

    /// <summary>An event's number.</summary>
    public static long Id(this JsonElement frame) => frame.GetProperty("id").GetInt64();

    /// <summary>Whether a flag is there and true.</summary>
    public static bool Has(this JsonElement frame, string flag) => frame.TryGetProperty(flag, out JsonElement value) && value.GetBoolean();
}

using System.Text.Json;

namespace MessageQueue.Tests.EndToEnd;

/// <summary>Steps that many tests of the protocol use.</summary>
internal static class ClientSteps
{
    /// <summary>Emits this many events to a room and returns their numbers.</summary>
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

    /// <summary>Sends a request that has an <c>id</c>, and waits for its acknowledgement.</summary>
    public static async Task<JsonElement> RequestAsync(this EventClient client, object request)
    {
        await client.SendAsync(request);
        return await client.NextAsync("ack");
    }

    /// <summary>
    /// Returns the events that have come and were not read yet. Waits until the server has nothing more to send to this connection.
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

    /// <summary>Returns the numbers of <see cref="EventsSoFarAsync"/>.</summary>
    public static async Task<long[]> IdsSoFarAsync(this EventClient client) => [.. (await client.EventsSoFarAsync()).Select(Id)];

    /// <summary>Returns the number of an event.</summary>
    public static long Id(this JsonElement frame) => frame.GetProperty("id").GetInt64();

    /// <summary>Returns whether a flag is present and true.</summary>
    public static bool Has(this JsonElement frame, string flag) => frame.TryGetProperty(flag, out JsonElement value) && value.GetBoolean();
}

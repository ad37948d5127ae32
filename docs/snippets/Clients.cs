using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using MessageQueue.Client;

namespace Snippets;

/// <summary>Run by the tests, against a real server.</summary>
public static class Clients
{
    public static async Task RunAsync(string url, CancellationToken cancellationToken)
    {
        // <client>
        await using MessageQueueClient client = new(new() { Url = url, Session = "kitchen", Rooms = ["orders"] });
        await client.ConnectAsync();                                                           // from now on it stays connected
        await client.EmitAsync("order", new Order("tea", 2), to: "orders");                    // on the server's disk
        await foreach (ReceivedEvent<Order> order in client.EventsAsync<Order>("order", cancellationToken))
        {
            Console.WriteLine($"{order.Number}: {order.Data.Count} {order.Data.Item}");        // first what came while it was away
            await order.AckAsync();                                                            // until then it comes again, also after a crash
        }
        // </client>
    }

    internal static async Task HandlersAsync(MessageQueueClient client, Kitchen kitchen)
    {
        // <client-handlers>
        using IDisposable orders = client.On<Order>("order", order => kitchen.CookAsync(order.Data));      // acknowledged when it has finished
        client.On<Order, Price>("price", order => kitchen.PriceAsync(order.Data));                         // the answer to a server that asks
        client.OnAny(other => Console.Out.WriteLineAsync($"{other.Name} {other.Data}"));                   // all other events
        client.StateChanged += state => Console.WriteLine($"{state.Status} until {state.Until}: {state.Reason}");
        client.Noticed += notice => Console.WriteLine(notice.Message);                                     // gaps, refusals, failed handlers
        Price price = await client.CallAsync<Price>("price", new Order("cake", 1));                        // asks the server's own handler
        // </client-handlers>
        _ = price;
    }

    public static async Task SeveralAsync(MessageQueueClient client)
    {
        // <client-arguments>
        await client.EmitAsync("move", new object[] { "knight", 3 }, new EmitSettings { To = ["lobby"], HasSeveralArguments = true });
        await client.EmitAsync("picture", new Binary([1, 2, 3]), to: "lobby");
        client.On<JsonElement[]>("castle", castle => Console.Out.WriteLineAsync($"{castle.Data[0]} {castle.Data[1]}"));
        // </client-arguments>
    }

    internal static async Task PresenceAsync(MessageQueueClient client)
    {
        // <client-presence>
        using IDisposable watch = client.OnPresence("lobby", lobby =>
        {
            string here = string.Join(", ", lobby.Members.Select(member => member.Read<string>() ?? member.Session));
            Console.WriteLine($"{lobby.Count} here: {here}; {lobby.Joined.Count} came, {lobby.Left.Count} left");
        });
        await client.ShowAsync("Ann");                                                         // what others see; again after a reconnect
        // </client-presence>
    }

    internal static Task GeneratedAsync(MessageQueueClient client, JsonTypeInfo<Order> json) =>
        client.EmitAsync("order", new Order("tea", 2), new EmitSettings { To = ["orders"] }, json);

    internal static void Services(WebApplicationBuilder builder)
    {
        // <client-services>
        builder.Services.AddKeyedMessageQueueClient("shop", (services, options) =>
        {
            options.Url = "https://example.com/events/shop";
            options.Session = $"worker:{Environment.MachineName}";
            options.Token = async cancellationToken => await services.GetRequiredService<ITokens>().GetAsync(cancellationToken);
            options.OutboxFile = "/var/lib/worker/shop.outbox";
            options.JsonSerializerOptions = AppJson.Default.Options;
        });
        builder.Services.AddHealthChecks().AddMessageQueueClient("shop");
        // </client-services>
    }

    internal abstract class Kitchen
    {
        public abstract Task CookAsync(Order order);

        public abstract Task<Price> PriceAsync(Order order);
    }

    internal interface ITokens
    {
        Task<string?> GetAsync(CancellationToken cancellationToken);
    }
}

// <client-binary>
public sealed record Binary([property: JsonPropertyName("$binary")] byte[] Bytes);
// </client-binary>

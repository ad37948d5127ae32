// A server inside a console program, and a client that is not connected when an event is emitted: it gets the event when it connects again.
using System.Net.WebSockets;
using System.Text;
using MessageQueue;

MessageQueueOptions options = new()
{
    Url = "http://127.0.0.1:0",
    DataDirectory = args.Length > 0 ? args[0] : "data",
    AuthorizeConnect = _ => ValueTask.FromResult(true),
    AuthorizeJoin = _ => ValueTask.FromResult(true),
};
await using MessageQueueServer server = await MessageQueueServer.StartAsync(options);
Console.WriteLine($"Listening on {server.Url}");
Namespace timers = server.Of("/timers");

using (ClientWebSocket client = await ConnectAsync())
{
    Console.WriteLine($"connected: {await ReceiveAsync(client)}");
    await client.CloseAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
}

long number = await timers.To("ticks").EmitAsync("tick", DateTimeOffset.UtcNow);
Console.WriteLine($"event {number} is stored while the client is away");

using (ClientWebSocket client = await ConnectAsync())
{
    Console.WriteLine($"connected again: {await ReceiveAsync(client)}");
    Console.WriteLine($"caught up: {await ReceiveAsync(client)}");
    byte[] ack = Encoding.UTF8.GetBytes($$"""{"type":"ack","id":{{number}}}""");
    await client.SendAsync(ack, WebSocketMessageType.Text, true, CancellationToken.None);
    await client.CloseAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
}

async Task<ClientWebSocket> ConnectAsync()
{
    ClientWebSocket client = new();
    await client.ConnectAsync(new Uri($"{server.Url.Replace("http", "ws")}/timers?session=console&room=ticks"), CancellationToken.None);
    return client;
}

static async Task<string> ReceiveAsync(ClientWebSocket client)
{
    byte[] buffer = new byte[4096];
    WebSocketReceiveResult result = await client.ReceiveAsync(buffer, CancellationToken.None);
    return Encoding.UTF8.GetString(buffer, 0, result.Count);
}

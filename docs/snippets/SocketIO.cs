using MessageQueue;

namespace Snippets;

internal static class SocketIO
{
    public static void AspNetCore(WebApplicationBuilder builder)
    {
        // <socketio-aspnetcore>
        builder.Services.AddMessageQueue(options => options.AuthorizeConnect = request => ValueTask.FromResult(request.Token == "secret"));
        WebApplication app = builder.Build();
        app.MapSocketIO("/socket.io", options => options.PingInterval = TimeSpan.FromSeconds(10));
        // </socketio-aspnetcore>

        // <engineio>
        app.MapEngineIO("/engine.io", async (client, message) => await client.SendAsync(message));      // sends each message back
        // </engineio>
    }

    public static async Task AnyProcessAsync()
    {
        // <socketio-any-process>
        MessageQueueOptions options = new() { Url = "http://127.0.0.1:8080" };
        options.UseSocketIO(socketio => socketio.RoomEvents = true);
        await using var server = await MessageQueueServer.StartAsync(options);
        // </socketio-any-process>
    }
}

using System.Collections.Concurrent;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace MessageQueue.Benchmarks.Servers;

/// <summary>
/// A bare relay: Kestrel and System.Net.WebSockets, one room, nothing parsed, nothing stored. What ASP.NET Core costs at least where
/// each frame is sent on its own.
/// </summary>
internal static class RelayServer
{
    private static readonly ConcurrentDictionary<WebSocket, bool> Receivers = new();
    private static readonly byte[] Answer = "a"u8.ToArray();

    // A snapshot, made when a receiver comes or goes.
    private static WebSocket[] _receivers = [];

    /// <summary>Serves until the process ends.</summary>
    public static Task RunAsync(int port)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        WebApplication app = builder.Build();
        app.UseWebSockets();
        app.MapGet("/publish", context => ServeAsync(context, PublishAsync));
        app.MapGet("/receive", context => ServeAsync(context, ReceiveAsync));
        return app.RunAsync();
    }

    private static async Task ServeAsync(HttpContext context, Func<WebSocket, Task> serve)
    {
        using WebSocket socket = await context.WebSockets.AcceptWebSocketAsync();
        try
        {
            await serve(socket);
        }
        catch (WebSocketException)
        {
            // The client has gone.
        }
    }

    private static async Task PublishAsync(WebSocket socket)
    {
        await SendAsync(socket, Answer);
        byte[] buffer = new byte[4096];
        while (await socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None) is { MessageType: not WebSocketMessageType.Close } read)
        {
            foreach (WebSocket receiver in _receivers)
            {
                await SendAsync(receiver, buffer.AsMemory(0, read.Count));
            }

            await SendAsync(socket, Answer);
        }
    }

    private static async Task ReceiveAsync(WebSocket socket)
    {
        Receivers[socket] = true;
        _receivers = [.. Receivers.Keys];
        try
        {
            await SendAsync(socket, Answer);
            await socket.ReceiveAsync(new byte[16].AsMemory(), CancellationToken.None);
        }
        finally
        {
            Receivers.TryRemove(socket, out _);
            _receivers = [.. Receivers.Keys];
        }
    }

    private static ValueTask SendAsync(WebSocket socket, ReadOnlyMemory<byte> bytes) =>
        socket.SendAsync(bytes, WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
}

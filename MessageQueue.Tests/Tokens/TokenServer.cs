using System.Net.WebSockets;
using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Tokens;

/// <summary>A server on a real socket that takes users' tokens and nothing else, and whose clock moves only when a test moves it.</summary>
internal static class TokenServer
{
    public static Task<TestServer> StartAsync(ManualTimeProvider clock, Action<MessageQueueOptions>? configure = null) =>
        ClockServer.StartAsync(clock, options =>
        {
            options.AuthorizeConnect = null;
            options.AuthorizeJoin = null;
            options.AuthorizeEmit = null;
            options.Tokens.Secret = TestKeys.Secret;
            configure?.Invoke(options);
        });

    /// <summary>Returns a token of Ann.</summary>
    public static string Token(object? mq = null, int seconds = 60, string sub = "ann") =>
        TestToken.Hs256(new { sub, exp = TestToken.Start + seconds, mq = mq ?? new { join = "*", emit = "*" } });

    /// <summary>Connects with sub-protocols or headers.</summary>
    public static async Task<EventClient> OpenAsync(TestServer server, Action<ClientWebSocketOptions> configure, string ns = "/")
    {
        ClientWebSocket socket = new();
        configure(socket.Options);
        await socket.ConnectAsync(new UriBuilder(server.Url + ns) { Scheme = "ws" }.Uri, CancellationToken.None).OrTimeout();
        return EventClient.Over(socket);
    }
}

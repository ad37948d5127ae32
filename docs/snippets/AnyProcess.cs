using MessageQueue;

namespace Snippets;

internal static class AnyProcess
{
    public static async Task ReadmeAsync()
    {
        // <readme-any-process>
        await using var server = await MessageQueueServer.StartAsync(new() { Url = "http://127.0.0.1:8080", DataDirectory = "data" });
        long number = await server.Of("/").To("lobby").EmitAsync("news", "hello");      // returns once it is on the disk
        await server.Completion;
        // </readme-any-process>
        _ = number;
    }

    public static async Task WithHandlersAsync(ILoggerFactory loggers)
    {
        // <any-process>
        MessageQueueOptions options = new()
        {
            Url = "http://127.0.0.1:8080",
            DataDirectory = "data",
            AuthorizeConnect = request => ValueTask.FromResult(request.Token == "secret"),
        };
        await using MessageQueueServer server = await MessageQueueServer.StartAsync(
            options,
            mq => mq.Of("/").On<string>("greet", (session, name) => session.EmitAsync("greeting", $"Hello, {name}")),
            loggers);
        await server.Completion;
        // </any-process>
    }
}

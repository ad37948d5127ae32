using MessageQueue;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace OrderWorker;

internal sealed class Worker(MessageQueueOptions options, ILoggerFactory loggers) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await using MessageQueueServer server = await MessageQueueServer.StartAsync(options, AddHandlers, loggers, stoppingToken);
        Console.WriteLine($"Listening on {server.Url}");
        await server.Completion.WaitAsync(stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private static void AddHandlers(MessageQueueServer server) => server.Of("/").On<string, ReceivedEvent>(
        "order",
        async (session, item, received) =>
        {
            // An order that was not finished when the process ended comes again with the same number. Use the number as a key, so that the
            // same work is done only once.
            Console.WriteLine($"{session.Name} orders {item} (number {received.Number}, again: {received.Redelivered})");
            await session.EmitAsync("shipped", item);
            return received.Number;
        },
        new HandlerOptions { Durable = true, MaxAttempts = 5 });
}

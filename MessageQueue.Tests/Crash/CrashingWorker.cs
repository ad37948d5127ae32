using System.Runtime.InteropServices;
using MessageQueue.Tests.Clients.DotNet;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Crash;

/// <summary>
/// A program with a durable handler that kills its own process. <see cref="HandlerCrashTests"/> starts this assembly as a process of its
/// own.
/// </summary>
internal static class CrashingWorker
{
    /// <summary>The order whose handler waits for a line on standard input, and then ends the process.</summary>
    public const string Poison = "poison";

    /// <summary>What the handler prints first to standard error, before the order and the event's number.</summary>
    public const string Begun = "Begun: ";

    /// <summary>What the process says when the handler ends it.</summary>
    public const string LastWords = "The handler ended the process.";

    /// <summary>What the program prints before its address.</summary>
    public const string ListeningOn = "Listening on ";

    /// <summary>Starts the program.</summary>
    public static ChildProcess Start(string dataDirectory, string workingDirectory) => ChildProcess.Start(
        Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
        [typeof(CrashingWorker).Assembly.Location, dataDirectory],
        workingDirectory: workingDirectory);

    private static async Task Main(string[] arguments)
    {
        if (arguments is [EmittingProcess.Name, ..])
        {
            await EmittingProcess.RunAsync(arguments);
            return;
        }

        TaskCompletionSource terminated = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using PosixSignalRegistration signal = PosixSignalRegistration.Create(
            System.Runtime.InteropServices.PosixSignal.SIGTERM,
            context =>
            {
                context.Cancel = true;
                terminated.TrySetResult();
            });
        MessageQueueOptions options = new()
        {
            Url = "http://127.0.0.1:0",
            DataDirectory = arguments[0],
            AuthorizeConnect = request => ValueTask.FromResult(request.Session is not null),
            AuthorizeJoin = request => ValueTask.FromResult(true),
            AuthorizeOperate = request => ValueTask.FromResult(request.Operation == Operation.SkipEvent),
        };
        await using MessageQueueServer server = await MessageQueueServer.StartAsync(
            options, server => server.Of("/").On<string, ReceivedEvent>("order", HandleAsync, new HandlerOptions { Durable = true }));
        Console.WriteLine(ListeningOn + server.Url);
        await terminated.Task;
    }

    private static async Task HandleAsync(Session session, string order, ReceivedEvent received)
    {
        // Not where the address is printed: after a restart, handlers begin before the server listens, or at the same time.
        Console.Error.WriteLine($"{Begun}{order} {received.Number}");
        if (order == Poison)
        {
            await Task.Run(Console.ReadLine);
            Environment.FailFast(LastWords);
        }
    }
}

using System.Globalization;
using MessageQueue.Client;
using MessageQueue.Tests.Crash;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Clients.DotNet;

/// <summary>
/// A program that emits numbers with an outbox on disk, and is killed. It is part of this assembly's program, which starts it when the
/// first argument is <see cref="Name"/>.
/// </summary>
internal static class EmittingProcess
{
    public const string Name = "emit";

    /// <summary>What it prints when all that it was to emit is in the file.</summary>
    public const string Stored = "stored";

    /// <summary>What it prints when all is answered.</summary>
    public const string Done = "done";

    /// <summary>Starts it.</summary>
    /// <param name="url">The server.</param>
    /// <param name="outbox">The outbox file.</param>
    /// <param name="first">The first number to emit.</param>
    /// <param name="count">How many.</param>
    public static ChildProcess Start(string url, string outbox, int first, int count) => ChildProcess.Start(
        Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
        [typeof(CrashingWorker).Assembly.Location, Name, url, outbox, $"{first}", $"{count}"]);

    public static async Task RunAsync(string[] arguments)
    {
        int first = int.Parse(arguments[3], CultureInfo.InvariantCulture);
        int count = int.Parse(arguments[4], CultureInfo.InvariantCulture);
        await using MessageQueueClient client = new(new()
        {
            Url = arguments[1],
            Session = "emitter",
            OutboxFile = arguments[2],
            OutboxLimit = 100_000,
            OutboxBytes = 1 << 30,
            BackOffCap = TimeSpan.FromSeconds(0.5),
            CloseTimeout = TimeSpan.FromMinutes(1),
        });
        for (int i = first; i < first + count; i++)
        {
            Report(client.EmitAsync("number", i, "lobby"), i);
        }

        await client.FlushOutboxAsync();
        Console.WriteLine(Stored);
        await client.ConnectAsync();
        await client.DisposeAsync();
        Console.WriteLine(Done);
    }

    private static async void Report(Task<long> emitting, int number)
    {
        await emitting;
        Console.WriteLine($"answered {number}");
    }
}

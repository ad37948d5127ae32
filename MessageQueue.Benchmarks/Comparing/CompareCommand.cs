using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using MessageQueue.Benchmarks.Peers;
using MessageQueue.Benchmarks.Processes;
using MessageQueue.Benchmarks.Report;
using MessageQueue.Benchmarks.Workloads;

namespace MessageQueue.Benchmarks.Comparing;

/// <summary>The command <c>compare</c>.</summary>
internal static class CompareCommand
{
    private static readonly ComparisonOptions Defaults = new();

    private static readonly Option<string[]> Peers = Names("--peer", Catalog.CreatePeers(null).Select(peer => peer.Name));
    private static readonly Option<string[]> Workloads = Names("--workload", Catalog.Workloads.Select(workload => workload.Name));
    private static readonly Option<int> Rounds = Number("--rounds", Defaults.Rounds, "How often everything is measured.");
    private static readonly Option<double> Cold = Seconds("--cold", Defaults.Cold, "How old a server is at the cold measurement.");
    private static readonly Option<double> Warm = Seconds("--warm", Defaults.Warm, "How old a server is at the warm measurement.");
    private static readonly Option<double> Window = Seconds("--window", Defaults.Window, "How long a warm measurement takes.");
    private static readonly Option<int> Receivers = Number("--receivers", Defaults.Receivers, "Connections that receive in the fan-out.");
    private static readonly Option<int> LatencyRate = Number(
        "--latency-rate", Defaults.LatencyRate, "Deliveries a second while latency is measured; 0 is half of each peer's own rate.");

    private static readonly Option<int> Connections = Number("--connections", Defaults.Connections, "Idle connections.");
    private static readonly Option<int> Backlog = Number("--backlog", Defaults.Backlog, "Events kept for a client that is away.");
    private static readonly Option<int> Stored = Number("--stored", Defaults.Stored, "Events stored when the server is killed.");
    private static readonly Option<string> ServerCores = new("--server-cores")
    {
        Description = "The server's cores, as taskset takes them; the generator is on the machine's last one.",
        DefaultValueFactory = _ => Defaults.ServerCores,
    };

    private static readonly Option<bool> Quick = new("--quick") { Description = "One round, warm 10 s, window 3 s." };
    private static readonly Option<string?> Host = new("--host")
    {
        Description = "A published MessageQueue.Host; otherwise it is published.",
    };

    private static readonly Option<string?> Json = new("--json") { Description = "Writes every figure to this file." };
    private static readonly Option<string?> Markdown = new("--markdown") { Description = "Writes the tables to this file too." };

    /// <summary>Creates the command.</summary>
    public static Command Create()
    {
        Command command = new("compare", "Runs our host and its peers through the same workloads, and prints a table.")
        {
            Peers, Workloads, Rounds, Cold, Warm, Window, Receivers, LatencyRate, Connections, Backlog, Stored, ServerCores, Quick, Host,
            Json, Markdown,
        };
        command.SetAction((parsed, _) => RunAsync(parsed));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed)
    {
        if (!OperatingSystem.IsLinux())
        {
            await Console.Error.WriteLineAsync("compare needs Linux: it pins processes to cores, and reads /proc");
            return 1;
        }

        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        Peer[] peers = [.. Select(parsed, Peers, Catalog.CreatePeers(parsed.GetValue(Host)), peer => peer.Name)];
        Workload[] workloads = [.. Select(parsed, Workloads, Catalog.Workloads, workload => workload.Name)];
        Comparison comparison = new(ReadOptions(parsed), peers, workloads, Console.Error);
        await Console.Error.WriteLineAsync(
            string.Create(CultureInfo.InvariantCulture, $"about {Math.Ceiling(comparison.Estimate.TotalMinutes)} minutes"));
        if (Cores.Missing is { } missing)
        {
            await Console.Error.WriteLineAsync(missing);
        }
        else
        {
            Cores.PinThisProcess(Environment.ProcessorCount - 1);
        }

        ComparisonReport report = await comparison.RunAsync();
        string markdown = MarkdownReport.Create(report);
        await Console.Out.WriteAsync(markdown);
        await WriteAsync(parsed.GetValue(Markdown), markdown);
        await WriteAsync(parsed.GetValue(Json), JsonReport.Create(report));
        return report.Outcomes.Any(outcome => outcome.Problem is not null) ? 1 : 0;
    }

    private static void Stop(PosixSignalContext context)
    {
        RunningServer.KillAll();
        Environment.Exit(130);
    }

    private static ComparisonOptions ReadOptions(ParseResult parsed)
    {
        bool isQuick = parsed.GetValue(Quick);
        return new()
        {
            Rounds = isQuick && IsDefault(parsed, Rounds) ? 1 : parsed.GetValue(Rounds),
            Cold = TimeSpan.FromSeconds(parsed.GetValue(Cold)),
            Warm = TimeSpan.FromSeconds(isQuick && IsDefault(parsed, Warm) ? 10 : parsed.GetValue(Warm)),
            Window = TimeSpan.FromSeconds(isQuick && IsDefault(parsed, Window) ? 3 : parsed.GetValue(Window)),
            Receivers = parsed.GetValue(Receivers),
            LatencyRate = parsed.GetValue(LatencyRate),
            Connections = parsed.GetValue(Connections),
            Backlog = parsed.GetValue(Backlog),
            Stored = parsed.GetValue(Stored),
            ServerCores = parsed.GetValue(ServerCores)!,
        };
    }

    private static bool IsDefault(ParseResult parsed, Option option) => parsed.GetResult(option) is null or { Implicit: true };

    // In the order of the catalog, whatever the order on the command line.
    private static IEnumerable<T> Select<T>(ParseResult parsed, Option<string[]> option, T[] all, Func<T, string> name)
    {
        string[] names = parsed.GetValue(option) ?? [];
        return all.Where(item => names.Length == 0 || names.Contains(name(item)));
    }

    private static Task WriteAsync(string? file, string text) => file is null ? Task.CompletedTask : File.WriteAllTextAsync(file, text);

    private static Option<string[]> Names(string option, IEnumerable<string> names)
    {
        Option<string[]> result = new(option) { Description = "Only these; all without it.", AllowMultipleArgumentsPerToken = true };
        return result.AcceptOnlyFromAmong([.. names]);
    }

    private static Option<int> Number(string option, int value, string description) =>
        new(option) { Description = description, DefaultValueFactory = _ => value };

    private static Option<double> Seconds(string option, TimeSpan value, string description) =>
        new(option) { Description = $"{description} In seconds.", DefaultValueFactory = _ => value.TotalSeconds };
}

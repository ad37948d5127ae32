using System.CommandLine;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using MessageQueue.Benchmarks.Peers;

namespace MessageQueue.Benchmarks.Micro;

/// <summary>The command <c>micro</c>: BenchmarkDotNet on single steps of an event's way.</summary>
internal static class MicroCommand
{
    /// <summary>Creates the command.</summary>
    public static Command Create()
    {
        Option<string[]> filter = new("--filter")
        {
            Description = "Only benchmarks whose name matches, with * for anything.",
            DefaultValueFactory = _ => ["*"],
        };
        Option<bool> isShort = new("--short") { Description = "Few iterations: faster, and less exact." };
        Command command = new("micro", "Measures single steps of an event's way: time and allocation.") { filter, isShort };
        command.SetAction(parsed =>
        {
            BenchmarkSwitcher.FromAssembly(typeof(MicroCommand).Assembly)
                .Run(["--filter", .. parsed.GetValue(filter)!], CreateConfig(parsed.GetValue(isShort)));
            return 0;
        });
        return command;
    }

    // In this process: a project that BenchmarkDotNet generates would be held to this repository's rules, and fail them.
    private static ManualConfig CreateConfig(bool isShort) => ManualConfig.CreateEmpty()
        .AddJob((isShort ? Job.ShortRun : Job.Default).WithToolchain(InProcessEmitToolchain.Instance))
        .AddDiagnoser(MemoryDiagnoser.Default)
        .AddColumnProvider(DefaultColumnProviders.Instance)
        .AddExporter(MarkdownExporter.GitHub)
        .AddLogger(ConsoleLogger.Default)
        .WithOptions(ConfigOptions.JoinSummary)
        .WithArtifactsPath(Path.Combine(CacheFolder.Path, "micro"));
}

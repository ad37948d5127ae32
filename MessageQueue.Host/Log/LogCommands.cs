using System.CommandLine;
using MessageQueue.Host.Settings;
using MessageQueue.State.Records;
using MessageQueue.Storage.Maintenance;

namespace MessageQueue.Host.Log;

/// <summary>
/// The commands on a data directory: <c>log verify</c>, <c>dump</c>, <c>backup</c>, <c>repair</c> and <c>renew</c>. Exit code 0 is a sound log, 1 a damaged one.
/// </summary>
internal static class LogCommands
{
    private static readonly Setting DataSetting = SettingsTable.Rows.Single(row => row.Name == "data");

    // A line each: thousands of records must not be thousands of system calls.
    private const int OutputBytes = 64 * 1024;

    /// <summary>The command with its subcommands.</summary>
    public static Command Create()
    {
        Command log = new("log", "Looks at the log in a data directory, copies or repairs it. Exit code 0: it is sound, 1: it is damaged.");
        log.Subcommands.Add(CreateVerify());
        log.Subcommands.Add(CreateDump());
        log.Subcommands.Add(CreateBackup());
        log.Subcommands.Add(CreateRepair());
        log.Subcommands.Add(CreateRenew());
        return log;
    }

    private static Command CreateVerify()
    {
        Option<string?> data = Data();
        Command command = new("verify", "Checks every byte of the log and its snapshots, also of a running server. A line on standard output for each thing that is wrong.") { data };
        command.SetAction(parsed =>
        {
            using ProgressBar progress = new("verify");
            VerificationReport report = LogTools.Verify(Directory(parsed, data), progress);
            progress.Dispose();
            Tell(Console.Out, report.Findings);
            if (report.Findings.Count > 0)
            {
                return ExitCode.Failed;
            }

            Console.WriteLine($"sound: {report.Records} records in {report.Segments} segments up to sequence {report.LastSequence}, {report.Snapshots} snapshots");
            if (report.IsTorn)
            {
                Console.WriteLine("the last batch is not whole, and the next start drops it: it was never acknowledged");
            }

            if (report.IsCopy)
            {
                Console.WriteLine("this is a copy that was not started yet: its first start gives the log a new id");
            }

            return ExitCode.Stopped;
        });
        return command;
    }

    private static Command CreateDump()
    {
        Option<string?> data = Data();
        Option<long> from = new("--from") { Description = "The first sequence.", HelpName = "SEQUENCE", DefaultValueFactory = _ => 1 };
        Option<long?> to = new("--to") { Description = "The last sequence. Default: that of the log.", HelpName = "SEQUENCE" };
        Command command = new("dump", "Prints the records as JSON, one a line, also of a running server's log. What is wrong with it goes to standard error.") { data, from, to };
        command.SetAction(parsed =>
        {
            using Stream output = new BufferedStream(Console.OpenStandardOutput(), OutputBytes);
            VerificationReport report = LogTools.Dump(Directory(parsed, data), Math.Max(1, parsed.GetValue(from)), parsed.GetValue(to) ?? long.MaxValue, record =>
            {
                output.Write(RecordJson.Encode(record));
                output.WriteByte((byte)'\n');
            });
            output.Flush();
            Tell(Console.Error, report.Findings);
            return report.Findings.Count == 0 ? ExitCode.Stopped : ExitCode.Failed;
        });
        return command;
    }

    private static Command CreateBackup()
    {
        Option<string?> data = Data();
        Option<string> to = To();
        Command command = new("backup", "Copies the log as it is at this moment, also of a running server. To restore, start a server on the copy; clients then see another log id.") { data, to };
        command.SetAction(parsed =>
        {
            using ProgressBar progress = new("backup");
            long last = LogTools.Backup(Directory(parsed, data), parsed.GetValue(to)!, progress);
            progress.Dispose();
            Console.WriteLine($"copied up to sequence {last}");
            return ExitCode.Stopped;
        });
        return command;
    }

    private static Command CreateRepair()
    {
        Option<string?> data = Data();
        Option<string> to = To();
        Command command = new("repair", "Copies what can be read of a damaged log, whose server is stopped, and prints a line for each thing that is lost. The log itself is not changed.") { data, to };
        command.SetAction(parsed =>
        {
            using ProgressBar progress = new("repair");
            IReadOnlyList<string> losses = LogTools.Repair(Directory(parsed, data), parsed.GetValue(to)!, progress);
            progress.Dispose();
            Tell(Console.Out, losses);
            Console.WriteLine(losses.Count == 0 ? "copied; nothing was lost" : "copied; what is above is lost");
            return ExitCode.Stopped;
        });
        return command;
    }

    private static Command CreateRenew()
    {
        Option<string?> data = Data();
        Command command = new("renew", "Marks a directory that was copied by other means than 'log backup', before a server starts on it: the next start gives the log a new id, so that clients can tell the copy from the original.") { data };
        command.SetAction(parsed =>
        {
            string log = LogTools.Renew(Directory(parsed, data));
            Console.WriteLine($"marked as a copy of log {log}: the next start gives it a new id");
            return ExitCode.Stopped;
        });
        return command;
    }

    private static Option<string?> Data() => new(DataSetting.Option)
    {
        Description = $"The data directory. Default MESSAGEQUEUE_DATA, else {new MessageQueueOptions().DataDirectory}.",
        HelpName = "DIRECTORY",
    };

    // From the same places as the server's own setting: what it was told where to store is where its log is.
    private static string Directory(ParseResult parsed, Option<string?> data)
    {
        SettingsFile file = SettingsFile.Read(Environment.CurrentDirectory, AppContext.BaseDirectory);
        SettingsReader reader = new(_ => parsed.GetValue(data) is string given ? new SettingInput(DataSetting.Option, [given]) : null, Environment.GetEnvironmentVariable, file);
        return reader.Find(DataSetting)?.Single() ?? new MessageQueueOptions().DataDirectory;
    }

    private static Option<string> To() => new("--to") { Description = "Where to; empty, or not there yet.", HelpName = "DIRECTORY", Required = true };

    private static void Tell(TextWriter writer, IReadOnlyList<string> lines)
    {
        foreach (string line in lines)
        {
            // A path may hold anything: one line means one line.
            writer.WriteLine(string.Concat(line.Select(c => char.IsControl(c) ? ' ' : c)));
        }
    }
}

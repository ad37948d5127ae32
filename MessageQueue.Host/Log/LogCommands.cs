using System.CommandLine;
using MessageQueue.Host.Operating;
using MessageQueue.Host.Settings;

namespace MessageQueue.Host.Log;

/// <summary>
/// The commands on a data directory: <c>log verify</c>, <c>dump</c>, <c>backup</c>, <c>repair</c> and <c>renew</c>. They end with exit
/// code 0 for a sound log, and 1 for a damaged one.
/// </summary>
internal static class LogCommands
{
    private static readonly Setting DataSetting = SettingsTable.Rows.Single(row => row.Name == "data");

    // Records are lines: without a buffer, each of thousands would be a system call.
    private const int OutputBytes = 64 * 1024;

    /// <summary>Creates the command with its subcommands.</summary>
    public static Command Create()
    {
        Command log = new("log", "Checks, prints, copies or repairs the log in a data directory. Exit code 0: sound, 1: damaged.");
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
        Command command = new(
            "verify",
            "Checks every byte of the log and its snapshots, also beside a running server. Prints one line for each thing that is wrong.")
        {
            data,
        };
        command.SetAction(parsed =>
        {
            using ProgressBar progress = new("verify");
            VerificationReport report = MessageQueueLog.Verify(Directory(parsed, data), progress);
            progress.Dispose();
            Print(report);
            return report.IsSound ? ExitCode.Stopped : ExitCode.Failed;
        });
        return command;
    }

    private static Command CreateDump()
    {
        Option<string?> data = Data();
        Option<long> from = new("--from") { Description = "The first sequence.", HelpName = "SEQUENCE", DefaultValueFactory = _ => 1 };
        Option<long?> to = new("--to") { Description = "The last sequence. Default: the last one in the log.", HelpName = "SEQUENCE" };
        Option<string?> session = new("--session")
        {
            Description = "Only what concerns this session: its connections, rooms and acknowledgements, events from it and for it.",
            HelpName = "SESSION",
        };
        Option<string?> ns = new("--namespace") { Description = "The namespace of --session. Default: any.", HelpName = "NAMESPACE" };
        Option<string?> room = new("--room")
        {
            Description = "Only what concerns this room: who enters and leaves it, and the events to it.",
            HelpName = "ROOM",
        };
        Option<long?> number = new("--event")
        {
            Description = "Only the history of this event: when it was stored, and when each session that it was for acknowledged "
                + "or lost it.",
            HelpName = "EVENT",
        };
        Command command = new(
            "dump",
            "Prints the records as JSON, one on each line, also beside a running server. Damage is printed on standard error.")
        {
            data, from, to, session, ns, room, number,
        };
        command.SetAction(parsed =>
        {
            using Stream output = new BufferedStream(Console.OpenStandardOutput(), OutputBytes);
            LogFilter filter = new()
            {
                From = Math.Max(1, parsed.GetValue(from)),
                To = parsed.GetValue(to) ?? long.MaxValue,
                Session = parsed.GetValue(session),
                Namespace = parsed.GetValue(ns) is string one ? OperatingCommands.WithSlash(one) : null,
                Room = parsed.GetValue(room),
                Event = parsed.GetValue(number),
            };
            VerificationReport report = MessageQueueLog.Dump(Directory(parsed, data), output, filter);
            output.Flush();
            Print(Console.Error, report.Findings);
            return report.IsSound ? ExitCode.Stopped : ExitCode.Failed;
        });
        return command;
    }

    private static Command CreateBackup()
    {
        Option<string?> data = Data();
        Option<string> to = To();
        Command command = new(
            "backup",
            "Copies the log as it is now, also beside a running server. To restore, start a server on the copy; "
            + "clients then see another log id.")
        {
            data, to,
        };
        command.SetAction(parsed =>
        {
            using ProgressBar progress = new("backup");
            long last = MessageQueueLog.Backup(Directory(parsed, data), parsed.GetValue(to)!, progress);
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
        Command command = new(
            "repair",
            "Copies everything that can be read of a damaged log, and prints one line for each thing that is lost. "
            + "The log itself is not changed. Its server has to be stopped.")
        {
            data, to,
        };
        command.SetAction(parsed =>
        {
            using ProgressBar progress = new("repair");
            IReadOnlyList<string> losses = MessageQueueLog.Repair(Directory(parsed, data), parsed.GetValue(to)!, progress);
            progress.Dispose();
            Print(Console.Out, losses);
            Console.WriteLine(losses.Count == 0 ? "copied; nothing was lost" : "copied; the lines above say what is lost");
            return ExitCode.Stopped;
        });
        return command;
    }

    private static Command CreateRenew()
    {
        Option<string?> data = Data();
        Command command = new(
            "renew",
            "Marks a directory that was copied by other means than 'log backup', before a server starts on it: "
            + "the next start gives the log a new id, so that clients can tell the copy from the original.")
        {
            data,
        };
        command.SetAction(parsed =>
        {
            string log = MessageQueueLog.MarkAsCopy(Directory(parsed, data));
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

    private static Option<string> To() => new("--to")
    {
        Description = "The directory of the copy: empty, or missing and then created.",
        HelpName = "DIRECTORY",
        Required = true,
    };

    // Read from the same places as the server's own setting, so that a command finds the log of the server that is configured there.
    private static string Directory(ParseResult parsed, Option<string?> data)
    {
        SettingsFile file = SettingsFile.Read(Environment.CurrentDirectory, AppContext.BaseDirectory);
        SettingInput? given = parsed.GetValue(data) is string text ? new SettingInput(DataSetting.Option, [text]) : null;
        SettingsReader reader = new(_ => given, HostEnvironment.Read(), file);
        return reader.Find(DataSetting)?.Single() ?? new MessageQueueOptions().DataDirectory;
    }

    private static void Print(VerificationReport report)
    {
        Print(Console.Out, report.Findings);
        if (!report.IsSound)
        {
            return;
        }

        string contents = $"{report.Records} records in {report.Segments} segments up to sequence {report.LastSequence}";
        Console.WriteLine($"sound: {contents}, {report.Snapshots} snapshots");
        if (report.IsTorn)
        {
            Console.WriteLine("the last batch is incomplete, and the next start drops it: it was never acknowledged");
        }

        if (report.IsCopy)
        {
            Console.WriteLine("this is a copy that was not started yet: its first start gives the log a new id");
        }
    }

    private static void Print(TextWriter writer, IReadOnlyList<string> lines)
    {
        foreach (string line in lines)
        {
            // A path may have line ends in it, and each finding has to stay on one line.
            writer.WriteLine(string.Concat(line.Select(c => char.IsControl(c) ? ' ' : c)));
        }
    }
}

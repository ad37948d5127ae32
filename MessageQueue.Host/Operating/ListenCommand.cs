using System.CommandLine;
using System.Globalization;

namespace MessageQueue.Host.Operating;

/// <summary><c>listen</c>: a session that prints its events as they come.</summary>
internal static class ListenCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        Argument<string[]> rooms = new("ROOM") { Description = "Rooms to join. Without any it hears what is sent to everyone, to it, and to the rooms it is in already.", Arity = ArgumentArity.ZeroOrMore };
        Option<string> ns = OperatingCommands.Namespace();
        Option<string?> session = new("--session") { Description = "The session to be; it goes on existing afterwards. Default: one without a name, which expires.", HelpName = "SESSION" };
        Option<string?> from = new("--from") { Description = "Where a new session begins: at an event's number, with the last N events, or with all that is still held.", HelpName = "all|last:N|N" };
        Option<int?> window = new("--window") { Description = "Events that may be unacknowledged at a time.", HelpName = "N" };
        Option<bool> noAck = new("--no-ack") { Description = "Acknowledge nothing: the session stays owed what is printed, and after a window of events nothing more comes." };
        Option<long?> count = new("--count") { Description = "End after so many events. Default: at Ctrl-C.", HelpName = "N" };
        Option<bool> json = OperatingCommands.Json();
        Command command = new("listen", "Prints events as they come, acknowledges them, and connects again when the connection is lost.") { rooms, ns, session, from, window, noAck, count, json };
        ServerOptions server = new(command);
        command.SetAction(async (parsed, _) =>
        {
            ServerAddress address = server.Read(parsed);
            ListenSettings settings = new()
            {
                Namespace = parsed.GetValue(ns)!,
                Rooms = parsed.GetValue(rooms) ?? [],
                Session = parsed.GetValue(session),
                From = parsed.GetValue(from),
                Window = parsed.GetValue(window)?.ToString(CultureInfo.InvariantCulture),
                Acknowledges = !parsed.GetValue(noAck),
                Count = parsed.GetValue(count) ?? long.MaxValue,
            };
            if (settings.Count < 1)
            {
                throw new UsageException("--count: it has to be 1 or more; leave it out to listen until Ctrl-C");
            }

            using StopSignals signals = new();
            await using Stream output = Output.Open();
            EventPrinter printer = new(output, parsed.GetValue(json));
            await new Listener(address, settings, printer, Console.Error).RunAsync(signals.Requested);
            return ExitCode.Stopped;
        });
        return command;
    }
}

using System.CommandLine;

namespace MessageQueue.Host.Operating;

/// <summary><c>listen</c>: connects as a session and prints its events as they come.</summary>
internal static class ListenCommand
{
    /// <summary>Creates the command.</summary>
    public static Command Create()
    {
        Argument<string[]> rooms = new("ROOM")
        {
            Description = "Rooms to join. Default: none; events come from the rooms that the session is in already.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        Option<string> ns = OperatingCommands.Namespace();
        Option<string?> session = new("--session")
        {
            Description = "The session to connect as; it stays when the command ends. Default: a session without a name, which expires.",
            HelpName = "SESSION",
        };
        Option<string?> from = new("--from")
        {
            Description = "Where a new session begins: at event N, with the last N events, or with all events that the log still holds.",
            HelpName = "all|last:N|N",
        };
        Option<int?> window = new("--window")
        {
            Description = "The largest number of events that are delivered and not yet acknowledged.",
            HelpName = "N",
        };
        Option<bool> noAck = new("--no-ack")
        {
            Description = "Acknowledges nothing: printed events stay owed, and after one window of events nothing more comes.",
        };
        Option<long?> count = new("--count") { Description = "Ends after N events. Default: at Ctrl-C.", HelpName = "N" };
        Option<bool> json = OperatingCommands.Json();
        Command command = new("listen", "Prints events as they come, acknowledges them, and reconnects when the connection is lost.")
        {
            rooms, ns, session, from, window, noAck, count, json,
        };
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
                Window = parsed.GetValue(window),
                Acknowledges = !parsed.GetValue(noAck),
                Count = parsed.GetValue(count) ?? long.MaxValue,
            };
            if (settings.Count < 1)
            {
                throw new UsageException("--count: has to be 1 or more; leave it out to listen until Ctrl-C");
            }

            if (settings.Window < 1)
            {
                throw new UsageException("--window: has to be 1 or more; leave it out for the server's default");
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

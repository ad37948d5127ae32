using System.CommandLine;
using System.Globalization;
using System.Text.Json;

namespace MessageQueue.Host.Operating;

/// <summary>The commands that speak to a running server: <c>sessions</c>, <c>rooms</c>, <c>end</c>, <c>skip</c>, <c>emit</c>, <c>listen</c>. Documented in docs/command-line.md.</summary>
internal static class OperatingCommands
{
    /// <summary>The commands.</summary>
    public static IEnumerable<Command> Create() =>
    [
        CreateListing(Listing.Sessions, "Lists the sessions of a running server: their rooms, how many events they are owed, whether they are connected."),
        CreateListing(Listing.OfRooms, "Lists the rooms of a running server: how many sessions are in them, and how many events sent there it still holds."),
        CreateEnd(),
        CreateSkip(),
        EmitCommand.Create(),
        ListenCommand.Create(),
    ];

    /// <summary><c>--json</c>.</summary>
    public static Option<bool> Json() => new("--json") { Description = "Print JSON, one object a line, for programs." };

    /// <summary><c>--namespace</c>, the default one unless given.</summary>
    public static Option<string> Namespace() => new("--namespace") { Description = "The namespace.", HelpName = "NAMESPACE", DefaultValueFactory = _ => "/" };

    // Paths may be written without their first slash, as emit and listen take them; here the name is a parameter.
    private static string? WithSlash(string? ns) => ns is null || ns.StartsWith('/') ? ns : $"/{ns}";

    private static Command CreateListing(Listing listing, string description)
    {
        Option<string?> ns = new("--namespace") { Description = "Only those of this namespace. Default: of all.", HelpName = "NAMESPACE" };
        Option<bool> json = Json();
        Command command = new(listing.Name, description) { ns, json };
        ServerOptions server = new(command);
        command.SetAction(async (parsed, _) =>
        {
            using StopSignals signals = new();
            await StopSignals.QuietlyAsync(signals, listing.PrintAsync(server.Read(parsed), WithSlash(parsed.GetValue(ns)), parsed.GetValue(json), signals.Requested));
            return ExitCode.Stopped;
        });
        return command;
    }

    private static Command CreateEnd()
    {
        Argument<string> session = new("SESSION") { Description = "Its name, as the command sessions shows it." };
        Option<string> ns = Namespace();
        Option<bool> json = Json();
        Command command = new("end", "Ends a session of a running server for good: it leaves its rooms, what it is owed is gone, and its connections are closed with 4002.") { session, ns, json };
        ServerOptions server = new(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            ServerAddress address = server.Read(parsed);
            using ServerClient client = new(address);
            string name = parsed.GetValue(session)!;
            JsonElement ack = await client.SendAsync(HttpMethod.Delete, address.Http("/-/sessions", ("namespace", WithSlash(parsed.GetValue(ns))), ("session", name)), cancellationToken: cancellationToken);
            Console.WriteLine(parsed.GetValue(json) ? ack.GetRawText() : $"ended {Output.Plain(name)}");
            return ExitCode.Stopped;
        });
        return command;
    }

    private static Command CreateSkip()
    {
        Argument<long> number = new("EVENT") { Description = "Its number, as the server's log names it." };
        Option<string> ns = Namespace();
        Option<bool> json = Json();
        Command command = new("skip", "Puts an event aside that a durable handler of a running server does not finish: it goes to the dead letters, and those behind it go on.") { number, ns, json };
        ServerOptions server = new(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            ServerAddress address = server.Read(parsed);
            using ServerClient client = new(address);
            string id = parsed.GetValue(number).ToString(CultureInfo.InvariantCulture);
            JsonElement ack = await client.SendAsync(HttpMethod.Delete, address.Http("/-/events", ("namespace", WithSlash(parsed.GetValue(ns))), ("id", id)), cancellationToken: cancellationToken);
            Console.WriteLine(parsed.GetValue(json) ? ack.GetRawText() : $"skipped event {id}");
            return ExitCode.Stopped;
        });
        return command;
    }
}

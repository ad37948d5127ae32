using System.CommandLine;
using System.Text.Json;
using MessageQueue.Client;

namespace MessageQueue.Host.Operating;

/// <summary>
/// The commands that speak to a running server: <c>sessions</c>, <c>rooms</c>, <c>peek</c>, <c>explain</c>, <c>end</c>, <c>skip</c>,
/// <c>emit</c>, <c>listen</c>, <c>health</c>.
/// Documented in docs/command-line.md.
/// </summary>
internal static class OperatingCommands
{
    /// <summary>Creates the commands.</summary>
    public static IEnumerable<Command> Create() =>
    [
        CreateListing(
            Listing.Sessions,
            "Lists the sessions of a running server: their rooms, the number of events they are owed, how old the oldest of these is, "
            + "and whether they are connected."),
        CreateListing(
            Listing.OfRooms,
            "Lists the rooms of a running server: the number of sessions in each, and of events sent there that the log still holds."),
        PeekCommand.Create(),
        ExplainCommand.Create(),
        CreateEnd(),
        CreateSkip(),
        EmitCommand.Create(),
        ListenCommand.Create(),
        HealthCommand.Create(),
    ];

    /// <summary>Creates <c>--json</c>.</summary>
    public static Option<bool> Json() => new("--json") { Description = "Prints JSON for programs, one object on each line." };

    /// <summary>Creates <c>--namespace</c>, with <c>/</c> as the default.</summary>
    public static Option<string> Namespace() => new("--namespace")
    {
        Description = "The namespace.",
        HelpName = "NAMESPACE",
        DefaultValueFactory = _ => "/",
    };

    /// <summary>Returns the name of a namespace with its first slash, which may be left out.</summary>
    public static string WithSlash(string ns) =>
        // emit and listen have the namespace in the path, where it may be left out; here it is a parameter.
        ns.StartsWith('/') ? ns : $"/{ns}";

    private static Command CreateListing(Listing listing, string description)
    {
        Option<string?> ns = new("--namespace") { Description = "Lists only this namespace. Default: all.", HelpName = "NAMESPACE" };
        Option<bool> json = Json();
        Command command = new(listing.Name, description) { ns, json };
        ServerOptions server = new(command, isForOperators: true);
        command.SetAction(async (parsed, _) =>
        {
            using StopSignals signals = new();
            string? one = parsed.GetValue(ns) is string given ? WithSlash(given) : null;
            Task printing = listing.PrintAsync(server.Read(parsed), one, parsed.GetValue(json), signals.Requested);
            await StopSignals.QuietlyAsync(signals, printing);
            return ExitCode.Stopped;
        });
        return command;
    }

    private static Command CreateEnd()
    {
        Argument<string> session = new("SESSION") { Description = "The session's name, as the command sessions prints it." };
        Command command = new(
            "end",
            "Ends a session of a running server for good: it leaves its rooms, the events it is owed are gone, "
            + "and its connections are closed with 4002.")
        {
            session,
        };
        SetRequest(
            command,
            (client, parsed, ns, cancellationToken) => client.EndSessionAsync(ns, parsed.GetValue(session)!, cancellationToken),
            parsed => $"ended {Output.Plain(parsed.GetValue(session)!)}");
        return command;
    }

    private static Command CreateSkip()
    {
        Argument<long> number = new("EVENT") { Description = "The event's number, as the server's log prints it." };
        Command command = new(
            "skip",
            "Skips an event that a durable handler of a running server does not finish: it moves to the dead letters, "
            + "and the events after it go on.")
        {
            number,
        };
        SetRequest(
            command,
            (client, parsed, ns, cancellationToken) => client.SkipAsync(ns, parsed.GetValue(number), cancellationToken),
            parsed => $"skipped event {parsed.GetValue(number)}");
        return command;
    }

    private static void SetRequest(
        Command command,
        Func<MessageQueueHttpClient, ParseResult, string, CancellationToken, Task<JsonElement>> send,
        Func<ParseResult, string> describe)
    {
        Option<string> ns = Namespace();
        Option<bool> json = Json();
        command.Options.Add(ns);
        command.Options.Add(json);
        ServerOptions server = new(command, isForOperators: true);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using MessageQueueHttpClient client = server.Read(parsed).CreateClient();
            JsonElement ack = await send(client, parsed, WithSlash(parsed.GetValue(ns)!), cancellationToken);
            Console.WriteLine(parsed.GetValue(json) ? ack.GetRawText() : describe(parsed));
            return ExitCode.Stopped;
        });
    }
}

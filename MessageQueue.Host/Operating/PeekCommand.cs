using System.CommandLine;
using System.Text;
using System.Text.Json;
using MessageQueue.Client;

namespace MessageQueue.Host.Operating;

/// <summary><c>peek</c>: prints what a session is owed, without connecting as it.</summary>
internal static class PeekCommand
{
    private const int PageSize = 500;

    /// <summary>Creates the command.</summary>
    public static Command Create()
    {
        Argument<string> session = new("SESSION") { Description = "The session's name, as the command sessions prints it." };
        Option<int> count = new("--count") { Description = "Ends after N events.", HelpName = "N", DefaultValueFactory = _ => 100 };
        Option<string> ns = OperatingCommands.Namespace();
        Option<bool> json = OperatingCommands.Json();
        Command command = new(
            "peek",
            "Prints the events that a session of a running server is owed, oldest first, without taking the session over "
            + "and without acknowledging them.")
        {
            session, count, ns, json,
        };
        ServerOptions server = new(command, isForOperators: true);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            int most = parsed.GetValue(count);
            if (most < 1)
            {
                throw new UsageException("--count: has to be 1 or more");
            }

            using MessageQueueHttpClient client = server.Read(parsed).CreateClient();
            using Stream output = Console.OpenStandardOutput();
            string space = OperatingCommands.WithSlash(parsed.GetValue(ns)!);
            await PrintAsync(client, output, space, parsed.GetValue(session)!, most, parsed.GetValue(json), cancellationToken);
            return ExitCode.Stopped;
        });
        return command;
    }

    private static async Task PrintAsync(
        MessageQueueHttpClient client, Stream output, string ns, string session, int most, bool json, CancellationToken cancellationToken)
    {
        string? next = null;
        bool isFirst = true;
        do
        {
            JsonElement page = await client.PeekAsync(ns, session, Math.Min(most, PageSize), next, cancellationToken);
            if (isFirst && !json)
            {
                Line(output, Describe(page));
                foreach (JsonElement gap in page.GetProperty("gaps").EnumerateArray())
                {
                    string lost = gap.TryGetProperty("count", out JsonElement known) ? known.ToString() : "some";
                    Line(output, $"({lost} events between {gap.GetProperty("from")} and {gap.GetProperty("to")} are gone)");
                }
            }

            foreach (JsonElement one in page.GetProperty("events").EnumerateArray())
            {
                if (json)
                {
                    Output.Write(output, Output.OneLine(Encoding.UTF8.GetBytes(one.GetRawText())));
                }
                else
                {
                    Line(output, Event(one));
                }

                most--;
            }

            isFirst = false;
            next = page.TryGetProperty("next", out JsonElement more) ? more.GetString() : null;
        }
        while (next is not null && most > 0);
    }

    private static string Describe(JsonElement session)
    {
        string owed = session.GetProperty("owed") + (session.TryGetProperty("more", out _) ? "+" : "");
        int connections = session.GetProperty("connections").GetInt32();
        string connected = connections > 0
            ? $"{connections} connection{(connections == 1 ? "" : "s")}"
            : $"not connected since {Listing.Time(session.GetProperty("lastSeen").GetInt64())}";
        string oldest = session.TryGetProperty("oldestOwedAge", out JsonElement age) ? $"; the oldest is {Age.Of(age.GetInt64())} old" : "";
        return $"owed {owed}, in flight {session.GetProperty("inFlight")}, {connected}{Held.Describe(session)}{oldest}";
    }

    private static string Event(JsonElement one)
    {
        StringBuilder line = new();
        line.Append(one.GetProperty("id"));
        if (!one.TryGetProperty("event", out JsonElement name))
        {
            return line.Append("  cannot be read: the log is damaged").ToString();
        }

        line.Append("  ").Append(Listing.Time(one.GetProperty("time").GetInt64()));
        line.Append("  ").Append(Statuses.Describe(one));
        line.Append("  ").AppendJoin(", ", one.GetProperty("to").EnumerateArray().Select(static to => to.GetString()));
        line.Append("  ").Append(name.GetString());
        if (one.TryGetProperty("data", out JsonElement data))
        {
            line.Append("  ").Append(data.GetRawText());
        }

        return line.Append(one.TryGetProperty("from", out JsonElement from) ? $"  from {from.GetString()}" : "").ToString();
    }

    private static void Line(Stream output, string text) => Output.Write(output, Encoding.UTF8.GetBytes(Output.Plain(text) + "\n"));
}

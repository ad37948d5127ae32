using System.CommandLine;
using System.Text.Json;
using MessageQueue.Client;

namespace MessageQueue.Host.Operating;

/// <summary><c>explain</c>: prints what became of an event.</summary>
internal static class ExplainCommand
{
    /// <summary>Creates the command.</summary>
    public static Command Create()
    {
        Argument<long> number = new("EVENT") { Description = "The event's number, as emit prints it." };
        Option<string?> session = new("--session")
        {
            Description = "Asks for this session, also if the event was not for it. Default: all sessions that it was for.",
            HelpName = "SESSION",
        };
        Option<string?> ns = new("--namespace") { Description = "The namespace. Default: the event's.", HelpName = "NAMESPACE" };
        Option<int> limit = new("--limit")
        {
            Description = "The largest number of sessions to name, 1 to 500. Those that still wait for the event come first.",
            HelpName = "N",
            DefaultValueFactory = _ => 100,
        };
        Option<bool> json = OperatingCommands.Json();
        Command command = new(
            "explain",
            "Prints what became of an event of a running server: when it was stored, for which sessions it was, and for which of them "
            + "it is acknowledged, in flight, refused, expired or still to be sent, and why.")
        {
            number, session, ns, limit, json,
        };
        ServerOptions server = new(command, isForOperators: true);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using MessageQueueHttpClient client = server.Read(parsed).CreateClient();
            string? one = parsed.GetValue(ns) is string given ? OperatingCommands.WithSlash(given) : null;
            JsonElement answer = await client.ExplainAsync(
                parsed.GetValue(number), one, parsed.GetValue(session), parsed.GetValue(limit), cancellationToken);
            if (parsed.GetValue(json))
            {
                Console.WriteLine(answer.GetRawText());
            }
            else
            {
                Print(answer);
            }

            return ExitCode.Stopped;
        });
        return command;
    }

    private static void Print(JsonElement answer)
    {
        Line(Describe(answer));
        foreach (JsonElement row in answer.GetProperty("sessions").EnumerateArray())
        {
            Line("  " + Receiver(row));
        }

        if (answer.TryGetProperty("more", out _))
        {
            IEnumerable<string> counts = answer.GetProperty("counts").EnumerateObject()
                .Select(static count => $"{count.Value} {Statuses.Describe(count.Name)}");
            Line($"  and more; in all: {string.Join("; ", counts)}");
        }
        else if (answer.GetProperty("sessions").GetArrayLength() == 0)
        {
            Line("  for no session: nobody was in its rooms, or those who were have ended");
        }
    }

    private static string Describe(JsonElement answer)
    {
        string id = $"event {answer.GetProperty("id")}";
        if (!answer.TryGetProperty("event", out JsonElement name))
        {
            return answer.GetProperty("state").GetString() == "damaged"
                ? $"{id} cannot be read: the log is damaged"
                : $"{id} is not in the log any more: retention dropped it";
        }

        string to = string.Join(", ", answer.GetProperty("to").EnumerateArray().Select(static room => room.GetString()));
        string text = $"{id} '{name.GetString()}' to {to} in {answer.GetProperty("namespace").GetString()}";
        text += answer.TryGetProperty("from", out JsonElement from) ? $", from {from.GetString()}" : "";
        text += answer.TryGetProperty("ref", out JsonElement reference) ? $", id '{reference.GetString()}'" : "";
        text += $", stored {Listing.Time(answer.GetProperty("time").GetInt64())}";
        return text + (answer.TryGetProperty("expires", out JsonElement expires) ? $", expires {Listing.Time(expires.GetInt64())}" : "");
    }

    private static string Receiver(JsonElement row)
    {
        string text = row.TryGetProperty("session", out JsonElement session) ? session.GetString()! : "(a handler of the server)";
        text += $": {Statuses.Describe(row)}";
        if (row.TryGetProperty("deadLetter", out JsonElement letter))
        {
            text += $": event {letter}";
        }

        if (row.TryGetProperty("joinedAt", out JsonElement joined))
        {
            text += $": it entered the room later, at {joined}";
        }

        bool isPending = row.GetProperty("status").GetString() is "unsent" or "waiting" or "delayed";
        if (isPending && row.GetProperty("connections").GetInt32() == 0)
        {
            text += $": not connected since {Listing.Time(row.GetProperty("lastSeen").GetInt64())}";
        }

        return text + Held.Describe(row);
    }

    private static void Line(string text) => Console.WriteLine(Output.Plain(text));
}

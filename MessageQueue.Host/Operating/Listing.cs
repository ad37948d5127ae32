using System.Globalization;
using System.Text;
using System.Text.Json;
using MessageQueue.Client;
using Spectre.Console;

namespace MessageQueue.Host.Operating;

/// <summary>A listing of the server, read page by page, and printed as a table or as a line of JSON for each row.</summary>
/// <param name="Name">The last part of the path, and the name of the array in the answer.</param>
/// <param name="Columns">The headings, and the functions that read their cells from a row.</param>
internal sealed record Listing(string Name, IReadOnlyList<(string Heading, bool IsNumber, Func<JsonElement, string> Cell)> Columns)
{
    // A table has to know all its rows to find its columns' widths, so a longer listing becomes several tables.
    private const int RowsPerTable = 1000;
    private const int PageSize = 500;

    /// <summary>The sessions.</summary>
    public static Listing Sessions { get; } = new("sessions",
    [
        ("namespace", false, row => Text(row, "namespace")),
        ("session", false, row => Text(row, "session")),
        ("rooms", false, Rooms),
        ("owed", true, row => Number(row, "owed") + (row.TryGetProperty("more", out _) ? "+" : "")),
        ("oldest", true, Oldest),
        ("in flight", true, row => Number(row, "inFlight")),
        ("last acked", true, row => row.TryGetProperty("lastAcknowledged", out _) ? Number(row, "lastAcknowledged") : ""),
        ("connected", false, Connected),
        ("last seen", false, row => row.GetProperty("connections").GetInt32() > 0 ? "now" : Time(row.GetProperty("lastSeen").GetInt64())),
    ]);

    /// <summary>The rooms.</summary>
    public static Listing OfRooms { get; } = new("rooms",
    [
        ("namespace", false, row => Text(row, "namespace")),
        ("room", false, row => Text(row, "room")),
        ("sessions", true, row => Number(row, "sessions")),
        ("connected", true, row => Number(row, "connected")),
        ("events", true, row => Number(row, "events")),
    ]);

    /// <summary>Prints the whole listing.</summary>
    public async Task PrintAsync(ServerAddress address, string? ns, bool json, CancellationToken cancellationToken)
    {
        using MessageQueueHttpClient client = address.CreateClient();
        // Ignores a closed pipe, as in "mq sessions | head": unlike listen, nothing is acknowledged here.
        using Stream output = Console.OpenStandardOutput();
        List<JsonElement> rows = [];
        using (ProgressBar progress = new(Name))
        {
            int done = 0;
            for (string? next = ""; next is not null;)
            {
                JsonElement page = await client.ListAsync(Name, ns, PageSize, next.Length == 0 ? null : next, cancellationToken);
                foreach (JsonElement row in page.GetProperty(Name).EnumerateArray())
                {
                    done++;
                    if (json)
                    {
                        Output.Write(output, Output.OneLine(Encoding.UTF8.GetBytes(row.GetRawText())));
                    }
                    else
                    {
                        rows.Add(row);
                    }
                }

                progress.Report((double)done / Math.Max(1, page.GetProperty("total").GetInt64()));
                next = page.TryGetProperty("next", out JsonElement more) ? more.GetString() : null;
            }
        }

        if (!json)
        {
            Print(rows);
        }
    }

    private void Print(List<JsonElement> rows)
    {
        if (rows.Count == 0)
        {
            Console.WriteLine($"no {Name}");
            return;
        }

        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Out) });
        if (Console.IsOutputRedirected)
        {
            // Programs and files have no width: every row stays on one line.
            console.Profile.Width = 10_000;
        }

        foreach (JsonElement[] some in rows.Chunk(RowsPerTable))
        {
            Table table = new() { Border = TableBorder.Simple };
            foreach ((string heading, bool isNumber, _) in Columns)
            {
                table.AddColumn(new TableColumn(new Text(heading)) { Alignment = isNumber ? Justify.Right : Justify.Left });
            }

            foreach (JsonElement row in some)
            {
                table.AddRow(Columns.Select(column => new Text(Output.Plain(column.Cell(row)))));
            }

            console.Write(table);
        }
    }

    private static string Rooms(JsonElement row)
    {
        string[] named = [.. row.GetProperty("rooms").EnumerateArray().Select(room => room.GetString()!)];
        int others = row.GetProperty("roomCount").GetInt32() - named.Length;
        return string.Join(", ", named) + (others > 0 ? $" and {others} more" : "");
    }

    // An event that cannot be read has no age.
    private static string Oldest(JsonElement row) => row.TryGetProperty("oldestOwedAge", out JsonElement age) ? Age.Of(age.GetInt64())
        : row.TryGetProperty("oldestOwed", out _) ? "?"
        : "";

    private static string Connected(JsonElement row) => row.GetProperty("connections").GetInt32() switch
    {
        0 => "no",
        1 => "yes",
        int several => $"yes, {several} times",
    };

    private static string Text(JsonElement row, string name) => row.GetProperty(name).GetString()!;

    private static string Number(JsonElement row, string name) => row.GetProperty(name).GetInt64().ToString(CultureInfo.InvariantCulture);

    /// <summary>Returns a time as people read it, in the time zone of this machine.</summary>
    public static string Time(long milliseconds) =>
        DateTimeOffset.FromUnixTimeMilliseconds(milliseconds).ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
}

using System.Globalization;
using System.Text;
using System.Text.Json;

namespace MessageQueue.Host.Operating;

/// <summary>Prints events and gaps, one on each line: as the server sent them, or for people.</summary>
internal sealed class EventPrinter(Stream output, bool json)
{
    /// <summary>Prints a message. When it returns, the line has left this process.</summary>
    /// <exception cref="CommandException">The reader of the output is gone.</exception>
    public void Print(ReadOnlySpan<byte> message, JsonElement parsed)
    {
        Output.Write(output, json ? Output.OneLine(message) : Encoding.UTF8.GetBytes(Output.Plain(Describe(parsed)) + "\n"));
    }

    private static string Describe(JsonElement message)
    {
        if (message.GetProperty("type").GetString() == "gap")
        {
            string count = message.TryGetProperty("count", out JsonElement known) ? known.ToString() : "some";
            return $"({count} events between {message.GetProperty("from")} and {message.GetProperty("to")} are gone)";
        }

        StringBuilder line = new();
        DateTimeOffset time = DateTimeOffset.FromUnixTimeMilliseconds(message.GetProperty("time").GetInt64()).ToLocalTime();
        line.Append(time.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture));
        Append("  ", "id");
        Append("  ", "room");
        Append("  ", "event");
        if (message.TryGetProperty("data", out JsonElement data))
        {
            line.Append("  ").Append(data.GetRawText());
        }

        Append("  from ", "from");
        return line.Append(message.TryGetProperty("redelivered", out _) ? "  (again)" : "").ToString();

        void Append(string before, string name)
        {
            if (message.TryGetProperty(name, out JsonElement value))
            {
                line.Append(before).Append(value.ToString());
            }
        }
    }
}

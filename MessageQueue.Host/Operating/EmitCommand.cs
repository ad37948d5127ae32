using System.CommandLine;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using MessageQueue.Host.Settings;

namespace MessageQueue.Host.Operating;

/// <summary><c>emit</c>: publishes one event by <c>POST</c>, as curl would.</summary>
internal static class EmitCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        Argument<string> name = new("EVENT") { Description = "The event's name." };
        Argument<string?> data = new("DATA") { Description = "What it carries, as JSON: '\"hello\"', '{\"n\":1}'. - reads it from standard input. Default: none.", Arity = ArgumentArity.ZeroOrOne };
        Option<string[]> to = new("--to") { Description = "A room, * for everyone, or @SESSION. May be repeated.", HelpName = "ROOM", Required = true };
        Option<string> ns = OperatingCommands.Namespace();
        Option<string?> session = new("--session") { Description = "The session that it is from; it has to exist. Default: none.", HelpName = "SESSION" };
        Option<string?> id = new("--id") { Description = "Makes repeating it harmless: an event with an id that was used already is not stored again.", HelpName = "ID" };
        Option<string?> ttl = new("--ttl") { Description = "After this it is no longer delivered, as 500ms or 7d. Default: never.", HelpName = "TIME" };
        Option<bool> isVolatile = new("--volatile") { Description = "To those who are connected now, and never stored." };
        Option<bool> json = OperatingCommands.Json();
        Command command = new("emit", "Emits an event by way of a running server. It is on disk when the command ends.") { name, data, to, ns, session, id, ttl, isVolatile, json };
        ServerOptions server = new(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            ServerAddress address = server.Read(parsed);
            List<(string, string?)> query = [("event", parsed.GetValue(name)), ("session", parsed.GetValue(session)), ("ttl", Milliseconds(parsed.GetValue(ttl)))];
            query.Add(("volatile", parsed.GetValue(isVolatile) ? "true" : null));
            query.AddRange(parsed.GetValue(to)!.Select(target => ("to", (string?)target)));
            byte[]? body = await ReadDataAsync(parsed.GetValue(data));
            using ServerClient client = new(address);
            JsonElement ack = await client.SendAsync(HttpMethod.Post, address.Http(parsed.GetValue(ns)!, query), request => Fill(request, body, parsed.GetValue(id)), cancellationToken);
            Console.WriteLine(parsed.GetValue(json) ? ack.GetRawText() : Describe(ack));
            return ExitCode.Stopped;
        });
        return command;
    }

    private static void Fill(HttpRequestMessage request, byte[]? body, string? id)
    {
        if (body is not null)
        {
            request.Content = new ByteArrayContent(body);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }

        if (id is not null)
        {
            request.Headers.Add("Idempotency-Key", id.All(static c => c is > ' ' and < (char)0x7F) ? id : throw new UsageException($"--id: '{id}' is not allowed; use ASCII without spaces"));
        }
    }

    private static async Task<byte[]?> ReadDataAsync(string? data)
    {
        if (data != "-")
        {
            return data is null ? null : Encoding.UTF8.GetBytes(data);
        }

        using MemoryStream body = new();
        await using Stream input = Console.OpenStandardInput();
        await input.CopyToAsync(body);
        return body.ToArray();
    }

    private static string? Milliseconds(string? ttl)
    {
        if (ttl is null)
        {
            return null;
        }

        TimeSpan time = new SettingInput("--ttl", [ttl]).Parse(ttl, Durations.Finite, secret: false);
        return ((long)time.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
    }

    private static string Describe(JsonElement ack) =>
        !ack.TryGetProperty("id", out JsonElement id) ? "handed to those who are connected"
        : ack.TryGetProperty("duplicate", out _) ? $"was stored before, as event {id}"
        : $"stored as event {id}";
}

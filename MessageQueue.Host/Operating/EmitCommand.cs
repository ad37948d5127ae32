using System.CommandLine;
using System.Text;
using System.Text.Json;
using MessageQueue.Client;
using MessageQueue.Host.Settings;

namespace MessageQueue.Host.Operating;

/// <summary><c>emit</c>: publishes one event by <c>POST</c>, as curl would.</summary>
internal static class EmitCommand
{
    /// <summary>Creates the command.</summary>
    public static Command Create()
    {
        Argument<string> name = new("EVENT") { Description = "The event's name." };
        Argument<string?> data = new("DATA")
        {
            Description = "The event's data as JSON: '\"hello\"', '{\"n\":1}'. - reads it from standard input. Default: none.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        Option<string[]> to = new("--to")
        {
            Description = "A room, * for everyone, or @SESSION. May be repeated.",
            HelpName = "ROOM",
            Required = true,
        };
        Option<string> ns = OperatingCommands.Namespace();
        Option<string?> session = new("--session")
        {
            Description = "The session that emits it; it has to exist. Default: none.",
            HelpName = "SESSION",
        };
        Option<string?> id = new("--id")
        {
            Description = "Makes repeating the command harmless: the server stores only the first event with this id.",
            HelpName = "ID",
        };
        Option<string?> ttl = new("--ttl")
        {
            Description = "How long it is delivered at most, for example 500ms or 7d. Default: for ever.",
            HelpName = "TIME",
        };
        Option<bool> isVolatile = new("--volatile") { Description = "Sends it to connected sessions only and never stores it." };
        Option<bool> args = new("--args") { Description = "DATA is an array, and each of its entries is an argument of the event." };
        Option<bool> json = OperatingCommands.Json();
        Command command = new("emit", "Emits an event through a running server. The event is on disk when the command ends.")
        {
            name, data, to, ns, session, id, ttl, isVolatile, args, json,
        };
        ServerOptions server = new(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            ServerAddress address = server.Read(parsed);
            PublishRequest outgoing = new()
            {
                Namespace = parsed.GetValue(ns)!,
                Name = parsed.GetValue(name)!,
                To = parsed.GetValue(to)!,
                Session = parsed.GetValue(session),
                Id = CheckId(parsed.GetValue(id)),
                TimeToLive = ParseTime(parsed.GetValue(ttl)),
                Volatile = parsed.GetValue(isVolatile),
                HasSeveralArguments = parsed.GetValue(args),
                Data = await ReadDataAsync(parsed.GetValue(data)),
            };
            using MessageQueueHttpClient client = address.CreateClient();
            JsonElement ack = await client.PublishAsync(outgoing, cancellationToken);
            Console.WriteLine(parsed.GetValue(json) ? ack.GetRawText() : Describe(ack));
            return ExitCode.Stopped;
        });
        return command;
    }

    private static string? CheckId(string? id) => id is null || id.All(static c => c is > ' ' and < (char)0x7F)
        ? id
        : throw new UsageException($"--id: '{id}' is not allowed; use ASCII without spaces");

    private static TimeSpan? ParseTime(string? ttl) =>
        ttl is null ? null : new SettingInput("--ttl", [ttl]).Parse(ttl, Durations.Finite, secret: false);

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

    private static string Describe(JsonElement ack) =>
        !ack.TryGetProperty("id", out JsonElement id) ? "sent to connected sessions"
        : ack.TryGetProperty("duplicate", out _) ? $"was stored before, as event {id}"
        : $"stored as event {id}";
}

using System.Collections.Concurrent;
using System.Text.Json;
using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Crash;

/// <summary>
/// One session that emits as fast as its answers allow until the server dies. After that it sends again what was not answered.
/// </summary>
internal sealed class Producer(string session, AckOracle oracle)
{
    // So many that a kill finds events in every stage, and far fewer than the 1,024 references by which the server recognises repeats.
    private const int InFlight = 64;

    private readonly ConcurrentDictionary<string, CrashEvent> _unanswered = new();
    private int _count;
    private long _last;

    /// <summary>Connects, repeats what was not answered, and then emits until the connection ends.</summary>
    public async Task RunAsync(string url, int round)
    {
        await using EventClient client = await ConnectAsync(url, isFirst: round == 0);
        using SemaphoreSlim free = new(InFlight);
        Task answers = ReadAnswersAsync(client, free);
        bool isOpen = await RepeatAsync(client, free);
        while (isOpen)
        {
            isOpen = await EmitAsync(client, NextEvent(round), free);
        }

        await answers;
    }

    /// <summary>Connects, repeats what was not answered, and waits for the answers.</summary>
    public async Task SettleAsync(string url)
    {
        await using EventClient client = await ConnectAsync(url, isFirst: false);
        using SemaphoreSlim free = new(InFlight);
        Task answers = ReadAnswersAsync(client, free);
        await RepeatAsync(client, free);
        // The pong shows that everything before it was applied, and so answered.
        await client.PingAsync();
        await client.CloseAsync();
        await answers;
        if (!_unanswered.IsEmpty)
        {
            oracle.Violated($"{session} got no answer for {string.Join(", ", _unanswered.Keys)}");
        }
    }

    private async Task<EventClient> ConnectAsync(string url, bool isFirst)
    {
        EventClient client = await EventClient.ConnectAsync(url, $"session={session}");
        oracle.Log(client.Welcome.GetProperty("log").GetString()!);
        if (client.Welcome.GetProperty("resumed").GetBoolean() == isFirst)
        {
            oracle.Violated($"{session} was {(isFirst ? "" : "not ")}resumed");
        }

        return client;
    }

    private CrashEvent NextEvent(int round)
    {
        int number = ++_count;
        return new CrashEvent($"{session}.{number}", number, number % 10 == 0 ? [Rooms.Rare, Rooms.Common] : [Rooms.Common], round);
    }

    private async Task<bool> RepeatAsync(EventClient client, SemaphoreSlim free)
    {
        // In the order in which they were first sent. The server may have stored some of them.
        foreach (CrashEvent sent in _unanswered.Values.OrderBy(sent => sent.Number).ToList())
        {
            if (!await EmitAsync(client, sent, free))
            {
                return false;
            }
        }

        return true;
    }

    private async Task<bool> EmitAsync(EventClient client, CrashEvent sent, SemaphoreSlim free)
    {
        await free.WaitAsync().OrTimeout();
        oracle.Sending(sent);
        _unanswered[sent.Reference] = sent;
        return await client.TrySendAsync(
            new { type = "emit", @event = "crash", to = sent.Rooms, data = sent.Reference, id = sent.Reference });
    }

    private async Task ReadAnswersAsync(EventClient client, SemaphoreSlim free)
    {
        await foreach (JsonElement ack in client.Frames("ack").ReadAllAsync())
        {
            string reference = ack.GetProperty("ref").GetString()!;
            long number = ack.GetProperty("id").GetInt64();
            oracle.Acknowledged(reference, number);
            _unanswered.TryRemove(reference, out _);
            // A repeat is answered with the number that it already had, and repeats come in order too.
            if (number <= _last)
            {
                oracle.Violated($"{session} got number {number} for {reference} after {_last}");
            }

            _last = number;
            free.Release();
        }

        // The emitter must notice that the connection has ended, and not wait for answers that cannot come.
        free.Release(InFlight);
        if (client.Frames("error").TryRead(out JsonElement error))
        {
            oracle.Violated($"{session} was refused: {error}");
        }
    }
}

using System.Collections.Concurrent;
using System.Text.Json;
using MessageQueue.Tests.Embedding;
using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Crash;

/// <summary>
/// Events that handlers emit survive <c>kill -9</c>: a client repeats everything without an answer, and each message is stored once.
/// </summary>
[NonParallelizable]
internal sealed class HandlerKillTests
{
    private const int Lives = 6;
    private const int MessagesOfALife = 400;

    [Test]
    public async Task What_the_chat_of_the_README_emits_is_stored_once()
    {
        ConcurrentDictionary<string, ConcurrentBag<long>> received = await RunAsync(
            directory => SampleTests.Start("ChatApp", "--urls", "http://127.0.0.1:0", $"--MessageQueue:DataDirectory={directory}"),
            "Now listening on: ", "/events/chat", "message", name => new { room = "lobby", text = name },
            data => data.GetProperty("text").GetString()!, reader: "reader");

        Check(received);
    }

    [Test]
    public async Task What_a_durable_handler_emits_is_stored_once()
    {
        ConcurrentDictionary<string, ConcurrentBag<long>> received = await RunAsync(
            directory => SampleTests.Start("OrderWorker", "--url", "http://127.0.0.1:0", "--data", directory), "Listening on ", "",
            "order", name => name, data => data.GetString()!, reader: null);

        Check(received);
    }

    private static void Check(ConcurrentDictionary<string, ConcurrentBag<long>> received)
    {
        received.Should().HaveCount(Lives * MessagesOfALife, "nothing is lost");
        received.Where(message => message.Value.Distinct().Count() > 1).Should().BeEmpty("each was stored once, under one number");
    }

    // Returns the numbers under which each message was received.
    private static async Task<ConcurrentDictionary<string, ConcurrentBag<long>>> RunAsync(
        Func<string, ChildProcess> start, string prefix, string path, string eventName, Func<string, object> write,
        Func<JsonElement, string> read, string? reader)
    {
        using TemporaryDirectory data = new();
        ConcurrentDictionary<string, ConcurrentBag<long>> received = [];
        HashSet<string> open = [];
        TaskCompletionSource all = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Random random = new(20_260_102);
        for (int life = 1; life <= Lives + 1; life++)
        {
            await using ChildProcess process = start(data.FullName);
            string url = await SampleTests.UrlAsync(process, prefix) + path;
            await using EventClient sender = await EventClient.ConnectAsync(url, "session=sender&ack=auto&window=8192");
            await using EventClient? other = reader is null
                ? null
                : await EventClient.ConnectAsync(url, $"session={reader}&ack=auto&window=8192");
            Task receiving = ReceiveAsync(other ?? sender, read, received, all);
            if (life <= Lives)
            {
                open.UnionWith(Enumerable.Range(0, MessagesOfALife).Select(i => $"{life}-{i}"));
            }

            int deadline = life <= Lives ? random.Next(1, MessagesOfALife) : int.MaxValue;
            Task sending = SendAsync(sender, eventName, [.. open], write);
            await AcknowledgedAsync(sender, open, deadline);
            if (life > Lives)
            {
                open.Should().BeEmpty();
                await all.Task.OrTimeout();
                await (other ?? sender).PingAsync();
            }

            process.Kill();
            await process.ExitAsync();
            await sending;
            await receiving.OrTimeout();
            // The client does not repeat what was answered, and answers that were still on their way count as well.
            while (sender.Frames("ack").TryRead(out JsonElement ack))
            {
                open.Remove(ack.GetProperty("ref").GetString()!);
            }
        }

        return received;
    }

    private static async Task SendAsync(EventClient sender, string eventName, string[] messages, Func<string, object> write)
    {
        foreach (string message in messages)
        {
            if (!await sender.TrySendAsync(new { type = "emit", @event = eventName, id = message, data = write(message) }))
            {
                return;
            }
        }
    }

    private static async Task AcknowledgedAsync(EventClient sender, HashSet<string> open, int most)
    {
        while (open.Count > 0 && most-- > 0)
        {
            open.Remove((await sender.NextAsync("ack")).GetProperty("ref").GetString()!);
        }
    }

    private static async Task ReceiveAsync(
        EventClient client, Func<JsonElement, string> read, ConcurrentDictionary<string, ConcurrentBag<long>> received,
        TaskCompletionSource all)
    {
        await foreach (JsonElement frame in client.Frames("event").ReadAllAsync())
        {
            received.GetOrAdd(read(frame.GetProperty("data")), static _ => []).Add(frame.GetProperty("id").GetInt64());
            if (received.Count == Lives * MessagesOfALife)
            {
                all.TrySetResult();
            }
        }
    }
}

using System.Text.Json;
using MessageQueue.Tests.Embedding;
using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Crash;

/// <summary>A durable handler that kills its own process.</summary>
[NonParallelizable]
internal sealed class HandlerCrashTests
{
    private static readonly int MaxAttempts = new HandlerOptions().MaxAttempts;

    private TemporaryDirectory _data = null!;

    // Where the process runs, so that a core dump is deleted too.
    private TemporaryDirectory _working = null!;

    [SetUp]
    public void SetUp() => (_data, _working) = (new TemporaryDirectory(), new TemporaryDirectory());

    [TearDown]
    public void TearDown()
    {
        _data.Dispose();
        _working.Dispose();
    }

    [Test]
    public async Task An_event_that_crashes_the_process_does_so_at_MaxAttempts_starts_and_then_is_a_dead_letter()
    {
        for (int life = 1; life <= MaxAttempts; life++)
        {
            await using ChildProcess process = Start();
            if (life == 1)
            {
                await StoreAsync(await UrlAsync(process), CrashingWorker.Poison, "tea", "milk");
            }

            (await BegunAsync(process)).Order.Should().Be(CrashingWorker.Poison, "life {0}", life);
            await process.WriteAsync("\n");
            (await process.ExitAsync()).Should().NotBe(0);
            process.Error.ToString().Should().Contain(CrashingWorker.LastWords);
            BegunBy(process).Should().Equal([CrashingWorker.Poison], "the others wait behind it");
        }

        await using (ChildProcess process = Start())
        {
            (await BegunAsync(process)).Order.Should().Be("tea", "the handler had its {0} attempts", MaxAttempts);
            string url = await UrlAsync(process);
            await using EventClient reader = await EventClient.ConnectAsync(url, "session=reader");
            await using EventClient alice = await EventClient.ConnectAsync(url, "session=alice");
            JsonElement letter = await LetterAsync(reader);
            letter.GetProperty("data").GetString().Should().Be(CrashingWorker.Poison);
            letter.GetProperty("from").GetString().Should().Be("alice");
            letter.GetProperty("attempts").GetInt32().Should().Be(MaxAttempts);
            letter.GetProperty("reason").GetString().Should().Be("crashed");

            await OrderAsync(alice, CrashingWorker.Poison, "tea", "milk", "sugar");

            await RefusedAsync(alice, CrashingWorker.Poison);
            await DoneAsync(alice, "tea", "milk", "sugar");
            await reader.ShouldHaveNoEventAsync();
            await EndAsync(process);
            BegunBy(process).Should().Equal("tea", "milk", "sugar");
        }

        await using (ChildProcess process = Start())
        {
            await using EventClient alice = await EventClient.ConnectAsync(await UrlAsync(process), "session=alice");
            await OrderAsync(alice, "bread");
            await DoneAsync(alice, "bread");
            await EndAsync(process);
            BegunBy(process).Should().Equal(["bread"], "each of the others was handled once");
        }
    }

    [Test]
    public async Task An_event_whose_handler_hangs_can_be_skipped_and_does_not_run_again()
    {
        await using (ChildProcess process = Start())
        {
            string url = await UrlAsync(process);
            await using EventClient reader = await ReaderAsync(url);
            await using EventClient alice = await EventClient.ConnectAsync(url, "session=alice");
            await OrderAsync(alice, CrashingWorker.Poison, "tea");
            (_, string number) = await BegunAsync(process);

            await using HostProcess skip = HostProcess.Launch(["skip", number, "--url", url]);

            (await skip.ExitAsync()).Should().Be(0, skip.Error.ToString());
            skip.Output.Lines.Should().Equal($"skipped event {number}");
            await RefusedAsync(alice, CrashingWorker.Poison);
            await DoneAsync(alice, "tea");
            (await LetterAsync(reader)).GetProperty("reason").GetString().Should().Be("skipped");
            process.Kill();
            await process.ExitAsync();
        }

        await using (ChildProcess process = Start())
        {
            await using EventClient alice = await EventClient.ConnectAsync(await UrlAsync(process), "session=alice");
            await OrderAsync(alice, "milk");
            await DoneAsync(alice, "milk");
            await EndAsync(process);
            BegunBy(process).Should().NotContain(CrashingWorker.Poison);
        }
    }

    private ChildProcess Start() => CrashingWorker.Start(_data.FullName, _working.FullName);

    private static Task<string> UrlAsync(ChildProcess process) => SampleTests.UrlAsync(process, CrashingWorker.ListeningOn);

    // In this order, and with somebody who will get the dead letters.
    private static async Task StoreAsync(string url, params string[] orders)
    {
        await using EventClient reader = await ReaderAsync(url);
        await using EventClient alice = await EventClient.ConnectAsync(url, "session=alice");
        await OrderAsync(alice, orders);
        await alice.PingAsync();
    }

    private static Task<EventClient> ReaderAsync(string url) => EventClient.ConnectAsync(url, "session=reader&room=dead:handler:order");

    // The reference is the order itself: to repeat an order is not to order again.
    private static async Task OrderAsync(EventClient client, params string[] orders)
    {
        foreach (string order in orders)
        {
            await client.SendAsync(new { type = "emit", @event = "order", data = order, id = order });
        }
    }

    private static async Task RefusedAsync(EventClient client, string order)
    {
        JsonElement error = await client.NextAsync("error");
        (error.GetProperty("ref").GetString(), error.GetProperty("code").GetString()).Should().Be((order, "failed"));
    }

    private static async Task DoneAsync(EventClient client, params string[] orders)
    {
        foreach (string order in orders)
        {
            (await client.NextAsync("ack")).GetProperty("ref").GetString().Should().Be(order);
        }
    }

    private static async Task<JsonElement> LetterAsync(EventClient reader)
    {
        JsonElement letter = await reader.NextAsync("event");
        letter.GetProperty("event").GetString().Should().Be("dead_letter");
        letter.GetProperty("room").GetString().Should().Be("dead:handler:order");
        return letter.GetProperty("data");
    }

    private static async Task<(string Order, string Number)> BegunAsync(ChildProcess process) =>
        Parse(await process.Error.NextAsync(IsBegun, "the beginning of a handler"));

    private static IEnumerable<string> BegunBy(ChildProcess process) =>
        process.Error.Lines.Where(IsBegun).Select(line => Parse(line).Order);

    private static bool IsBegun(string line) => line.StartsWith(CrashingWorker.Begun, StringComparison.Ordinal);

    private static (string Order, string Number) Parse(string line)
    {
        string[] words = line[CrashingWorker.Begun.Length..].Split(' ');
        return (words[0], words[1]);
    }

    private static async Task EndAsync(ChildProcess process)
    {
        process.Send(PosixSignal.Terminate);
        (await process.ExitAsync()).Should().Be(0, process.Error.ToString());
    }
}

using System.Text;
using System.Text.Json;
using MessageQueue.Connections.Json;
using MessageQueue.Pipeline;
using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Pipeline;

/// <summary>The limit on how much work of one client is done before the work of another.</summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class FairnessTests
{
    private readonly StubbornLog _log = new();

    [TestCase("1", 256)]
    [TestCase("1000000", 3)]
    public async Task At_most_an_inbox_of_a_flood_is_stored_before_another_clients_event(string bytes, int expected)
    {
        await using BrokerHarness harness = new(_log, options => options.MaxInboxBytes = 3_100_000);
        (JsonConnection flooder, FakeOutput toFlooder) = await harness.ConnectAsync("flooder");
        (JsonConnection bob, FakeOutput toBob) = await harness.ConnectAsync("bob");
        string data = new('x', int.Parse(bytes, System.Globalization.CultureInfo.InvariantCulture));
        byte[] message = Encoding.UTF8.GetBytes($$"""{"type":"emit","event":"e","to":"lobby","data":"{{data}}"}""");
        _log.Hold();
        long before = _log.LastSequence;

        int taken = 0;
        Task next = flooder.OnMessageAsync(message).AsTask();
        while (next.IsCompletedSuccessfully)
        {
            taken++;
            next = flooder.OnMessageAsync(message).AsTask();
        }

        taken.Should().Be(expected);
        await BrokerHarness.SendAsync(bob, """{"type":"emit","event":"e","to":"lobby"}""");
        _log.Release();

        (await toBob.NextAsync("ack")).GetProperty("id").GetInt64().Should().Be(before + expected + 1);
        await next.OrTimeout();
        for (int i = 0; i <= expected; i++)
        {
            await toFlooder.NextAsync("ack");
        }
    }

    [Test]
    public async Task Acknowledgements_count_against_the_inbox_too()
    {
        await using BrokerHarness harness = new(_log);
        (JsonConnection flooder, _) = await harness.ConnectAsync("flooder");
        (JsonConnection bob, FakeOutput toBob) = await harness.ConnectAsync("bob");
        using ManualResetEventSlim gate = new();
        harness.Broker.Post(ApplyInput.Call(_ => gate.Wait()));
        byte[] message = """{"type":"ack","id":1}"""u8.ToArray();

        int taken = 0;
        Task next = flooder.OnMessageAsync(message).AsTask();
        while (next.IsCompletedSuccessfully)
        {
            taken++;
            next = flooder.OnMessageAsync(message).AsTask();
        }

        taken.Should().Be(256);
        gate.Set();
        await next.OrTimeout();
        await BrokerHarness.SendAsync(bob, """{"type":"ping"}""");
        await toBob.NextAsync("pong");
    }

    [Test]
    public async Task Small_batches_that_wait_reach_a_receiver_with_one_flush()
    {
        await using BrokerHarness harness = new(_log);
        (JsonConnection alice, _) = await harness.ConnectAsync("alice");
        (_, FakeOutput toBob) = await harness.ConnectAsync("bob", "lobby");
        using SemaphoreSlim synced = new(0);
        harness.Broker.ServerCounters.Synced = (_, _) => synced.Release();
        using ManualResetEventSlim gate = new();
        harness.Broker.Post(ApplyInput.Call(_ => gate.Wait()));

        // When the fourth is synced, the three before it wait for the loop.
        for (int i = 0; i < 4; i++)
        {
            await BrokerHarness.SendAsync(alice, """{"type":"emit","event":"e","to":"lobby"}""");
            await synced.WaitAsync().OrTimeout();
        }

        gate.Set();
        for (int i = 0; i < 4; i++)
        {
            await toBob.NextAsync("event");
        }

        int[] flushes = [.. toBob.FlushesBefore];
        flushes[^4..^1].Distinct().Should().ContainSingle("with a flush for each, a loop with many receivers would fall behind the log");
    }

    [TestCase("ack")]
    [TestCase("nack")]
    public async Task A_long_list_of_numbers_takes_many_small_turns_and_few_wait_at_a_time(string type)
    {
        await using BrokerHarness harness = new(_log);
        (JsonConnection flooder, _) = await harness.ConnectAsync("flooder");
        (JsonConnection bob, FakeOutput toBob) = await harness.ConnectAsync("bob");
        using ManualResetEventSlim gate = new();
        harness.Broker.Post(ApplyInput.Call(_ => gate.Wait()));
        byte[] message = Encoding.UTF8.GetBytes($$"""{"type":"{{type}}","id":[{{string.Join(',', Enumerable.Range(1, 8192))}}]}""");

        int taken = 0;
        Task next = flooder.OnMessageAsync(message).AsTask();
        while (next.IsCompletedSuccessfully)
        {
            taken++;
            next = flooder.OnMessageAsync(message).AsTask();
        }

        taken.Should().Be(1, "a mebibyte of inbox is 16,384 numbers at most, whatever they take in memory");
        gate.Set();
        await next.OrTimeout();
        await BrokerHarness.SendAsync(bob, """{"type":"ping"}""");
        await toBob.NextAsync("pong");
    }

    [Test]
    public async Task A_list_has_at_most_as_many_numbers_as_the_largest_window()
    {
        await using BrokerHarness harness = new(_log, options => options.MaxWindow = 2000);
        (JsonConnection client, FakeOutput output) = await harness.ConnectAsync("client");

        await BrokerHarness.SendAsync(client, $$"""{"type":"ack","id":[{{string.Join(',', Enumerable.Range(1, 2001))}}]}""");
        await BrokerHarness.SendAsync(client, $$"""{"type":"ack","id":[{{string.Join(',', Enumerable.Range(1, 2000))}}]}""");
        await BrokerHarness.SendAsync(client, """{"type":"ping"}""");

        (await output.NextAsync("error")).GetProperty("code").GetString().Should().Be("bad_message");
        await output.NextAsync("pong");
    }

    [Test]
    public async Task A_list_longer_than_a_turn_acknowledges_all_its_numbers()
    {
        await using BrokerHarness harness = new(_log, options => options.DefaultWindow = 2000);
        (JsonConnection client, FakeOutput output) = await harness.ConnectAsync("client", "lobby");
        List<long> numbers = [];
        for (int i = 0; i < 1500; i++)
        {
            await BrokerHarness.SendAsync(client, """{"type":"emit","event":"e","to":"lobby"}""");
        }

        while (numbers.Count < 1500)
        {
            JsonElement frame = await output.NextAsync();
            if (frame.GetProperty("type").GetString() == "event")
            {
                numbers.Add(frame.GetProperty("id").GetInt64());
            }
        }

        await BrokerHarness.SendAsync(client, $$"""{"type":"ack","id":[{{string.Join(',', numbers)}}]}""");

        (await harness.Broker
            .AskAsync(state => harness.Broker.FanOut.CountPending(state.Namespaces["/"].Sessions["client"], 10)).OrTimeout())
            .Should().Be(0);
    }
}

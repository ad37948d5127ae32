using System.Text.Json;
using MessageQueue.Connections.Json;
using MessageQueue.Pipeline;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Pipeline;

[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class BrokerTests
{
    private const string Emit = """{"type":"emit","event":"e","to":"lobby"}""";

    private readonly StubbornLog _log = new();

    [Test]
    public async Task Nothing_is_acknowledged_or_delivered_before_its_sync_has_returned()
    {
        await using BrokerHarness harness = new(_log);
        (JsonConnection alice, FakeOutput toAlice) = await harness.ConnectAsync("alice");
        (_, FakeOutput toBob) = await harness.ConnectAsync("bob", "lobby");
        _log.Hold();

        await BrokerHarness.SendAsync(alice, Emit);
        await _log.Syncing.WaitAsync().OrTimeout();
        await ApplyLoopIsIdleAsync(harness);
        toAlice.Waiting.Should().Be(0, "the batch is written and not synced");
        toBob.Waiting.Should().Be(0);
        _log.Release();

        JsonElement ack = await toAlice.NextAsync("ack");
        (await toBob.NextAsync("event")).GetProperty("id").GetInt64().Should().Be(ack.GetProperty("id").GetInt64());
    }

    [Test]
    public async Task Commands_that_come_during_a_sync_are_the_next_batch()
    {
        await using BrokerHarness harness = new(_log);
        (JsonConnection alice, FakeOutput toAlice) = await harness.ConnectAsync("alice");
        _log.Hold();
        await BrokerHarness.SendAsync(alice, Emit);
        await _log.Syncing.WaitAsync().OrTimeout();
        int before = _log.Appends;

        for (int i = 0; i < 100; i++)
        {
            await BrokerHarness.SendAsync(alice, Emit);
        }

        _log.Release();
        for (int i = 0; i < 101; i++)
        {
            await toAlice.NextAsync("ack");
        }

        _log.Appends.Should().Be(before + 1);
    }

    [Test]
    public async Task What_changes_a_room_takes_its_place_among_the_events_of_a_batch()
    {
        await using BrokerHarness harness = new(_log);
        (JsonConnection alice, FakeOutput toAlice) = await harness.ConnectAsync("alice", "lobby");
        (_, FakeOutput toBob) = await harness.ConnectAsync("bob", "lobby");
        _log.Hold();
        await BrokerHarness.SendAsync(alice, Emit);
        await _log.Syncing.WaitAsync().OrTimeout();
        await BrokerHarness.SendAsync(alice, Emit);
        await BrokerHarness.SendAsync(alice, Emit);
        await BrokerHarness.SendAsync(alice, """{"type":"leave","room":"lobby"}""");
        await BrokerHarness.SendAsync(alice, Emit);
        await BrokerHarness.SendAsync(alice, Emit);
        await BrokerHarness.SendAsync(alice, """{"type":"ping","id":"end"}""");

        _log.Release();

        List<long> events = [];
        List<long> answers = [];
        for (JsonElement frame; (frame = await toAlice.NextAsync()).GetProperty("type").GetString() != "pong";)
        {
            if (frame.TryGetProperty("id", out JsonElement id))
            {
                bool isEvent = frame.GetProperty("type").GetString() == "event";
                (isEvent ? events : answers).Add(id.GetInt64());
                isEvent.Should().Be(!answers.Contains(id.GetInt64()), "its own event comes before the answer");
            }
        }

        answers.Should().HaveCount(5).And.BeInAscendingOrder();
        events.Should().Equal(answers.Take(3), "it has left");
        for (int i = 0; i < 5; i++)
        {
            (await toBob.NextAsync("event")).GetProperty("id").GetInt64().Should().Be(answers[i]);
        }
    }

    [Test]
    public async Task The_log_may_settle_when_nothing_comes_for_a_moment()
    {
        await using BrokerHarness harness = new(_log);
        await harness.ConnectAsync("alice");

        await _log.Settled.Task.OrTimeout();
    }

    [Test]
    public async Task A_failed_sync_is_final_and_all_clients_learn_that_the_outcome_is_unknown()
    {
        await using BrokerHarness harness = new(_log);
        (JsonConnection alice, FakeOutput toAlice) = await harness.ConnectAsync("alice");
        _log.Failure = new LogFailedException("the disk is gone");

        await BrokerHarness.SendAsync(alice, Emit);

        Func<Task> completion = () => harness.Broker.Completion.OrTimeout();
        await completion.Should().ThrowAsync<LogFailedException>().WithMessage("the disk is gone");
        int appends = _log.Appends;
        await BrokerHarness.SendAsync(alice, Emit);
        await alice.OnClosedAsync().OrTimeout();
        toAlice.Waiting.Should().Be(0, "neither success nor failure may be reported");
        _log.Appends.Should().Be(appends, "nothing is appended to a failed log");
    }

    [Test]
    public async Task A_connection_has_no_more_commands_under_way_than_its_inbox_takes()
    {
        await using BrokerHarness harness = new(_log, options => options.MaxInboxCommands = 3);
        (JsonConnection alice, FakeOutput toAlice) = await harness.ConnectAsync("alice");
        (JsonConnection bob, FakeOutput toBob) = await harness.ConnectAsync("bob");
        _log.Hold();

        for (int i = 0; i < 3; i++)
        {
            await BrokerHarness.SendAsync(alice, Emit);
        }

        Task fourth = BrokerHarness.SendAsync(alice, Emit);
        await BrokerHarness.SendAsync(bob, Emit);
        fourth.IsCompleted.Should().BeFalse("alice must wait, and bob must not");
        _log.Release();

        await fourth;
        for (int i = 0; i < 4; i++)
        {
            await toAlice.NextAsync("ack");
        }

        await toBob.NextAsync("ack");
    }

    [Test]
    public async Task All_connections_together_have_no_more_bytes_under_way_than_the_inbox_takes()
    {
        await using BrokerHarness harness = new(_log, options =>
        {
            options.MaxInboxBytes = 1024;
            options.MaxInboxTotalBytes = 1024;
        });
        (JsonConnection alice, _) = await harness.ConnectAsync("alice");
        (JsonConnection bob, FakeOutput toBob) = await harness.ConnectAsync("bob");
        _log.Hold();

        await BrokerHarness.SendAsync(alice, $$"""{"type":"emit","event":"e","to":"lobby","data":"{{new string('x', 2000)}}"}""");
        Task second = BrokerHarness.SendAsync(bob, Emit);
        await _log.Syncing.WaitAsync().OrTimeout();
        second.IsCompleted.Should().BeFalse();
        _log.Release();

        await second;
        await toBob.NextAsync("ack");
    }

    [Test]
    public async Task An_output_that_was_full_gets_what_it_missed_when_it_has_drained()
    {
        await using BrokerHarness harness = new(_log);
        (JsonConnection alice, FakeOutput toAlice) = await harness.ConnectAsync("alice");
        (JsonConnection bob, FakeOutput toBob) = await harness.ConnectAsync("bob", "lobby");
        toBob.IsFull = true;
        List<long> sent = [];
        for (int i = 0; i < 10; i++)
        {
            await BrokerHarness.SendAsync(alice, Emit);
            sent.Add((await toAlice.NextAsync("ack")).GetProperty("id").GetInt64());
        }

        await ApplyLoopIsIdleAsync(harness);
        toBob.Waiting.Should().Be(0);
        toBob.IsFull = false;
        bob.OnDrained();

        List<long> received = [];
        for (int i = 0; i < 10; i++)
        {
            received.Add((await toBob.NextAsync("event")).GetProperty("id").GetInt64());
        }

        received.Should().Equal(sent);
    }

    [Test]
    public async Task Acknowledgements_reach_the_log_late_and_together()
    {
        ManualTimeProvider clock = new();
        await using BrokerHarness harness = new(_log, options => options.TimeProvider = clock);
        (JsonConnection alice, FakeOutput toAlice) = await harness.ConnectAsync("alice", "lobby");
        List<long> ids = [];
        for (int i = 0; i < 10; i++)
        {
            await BrokerHarness.SendAsync(alice, Emit);
            ids.Add((await toAlice.NextAsync("event")).GetProperty("id").GetInt64());
            await toAlice.NextAsync("ack");
        }

        int before = _log.Appends;
        foreach (long id in ids)
        {
            await BrokerHarness.SendAsync(alice, $$"""{"type":"ack","id":{{id}}}""");
        }

        await ApplyLoopIsIdleAsync(harness);
        _log.Appends.Should().Be(before);
        clock.Advance(TimeSpan.FromMilliseconds(100));
        await ApplyLoopIsIdleAsync(harness);
        await BrokerHarness.SendAsync(alice, """{"type":"ping"}""");
        await toAlice.NextAsync("pong");
        _log.Appends.Should().Be(before + 1);
    }

    private static async Task ApplyLoopIsIdleAsync(BrokerHarness harness)
    {
        TaskCompletionSource idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
        harness.Broker.Post(ApplyInput.Call(_ => idle.SetResult()));
        await idle.Task.OrTimeout();
    }
}

using System.Text.Json;
using MessageQueue.Connections.Json;
using MessageQueue.Tests.Infrastructure;
using MessageQueue.Tests.Pipeline;

namespace MessageQueue.Tests.SocketIO.Connections;

/// <summary>An answered ping proves that the client has received what was written before it.</summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class ReceiptTests : IAsyncDisposable
{
    private readonly SocketIOHarness _server = new(window: 8);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Test]
    public async Task What_was_written_before_an_answered_ping_is_acknowledged()
    {
        (FakeEngine client, JsonElement connect) = await _server.ConnectAsync();
        await _server.EmitAsync();
        client.TryPing();
        await _server.EmitAsync();
        (await _server.PendingAsync(connect)).Should().Be(2);

        await client.PongAsync();

        (await _server.PendingAsync(connect)).Should().Be(1, "the second event came after the ping");
        client.TryPing();
        await client.PongAsync();
        (await _server.PendingAsync(connect)).Should().Be(0);
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task Events_that_are_written_together_count_each(bool oneExpectsAnAnswer)
    {
        StubbornLog log = new();
        await using SocketIOHarness server = new(window: 16, log: log);
        (FakeEngine client, JsonElement connect) = await server.ConnectAsync();
        await server.EmitAsync("0");
        (await client.NextAsync()).Should().StartWith("2[\"say\",0");
        log.Hold();
        for (int i = 1; i <= 8; i++)
        {
            await server.EmitLaterAsync($"{i}");
        }

        if (oneExpectsAnAnswer)
        {
            server.EmitWithAck("9");
        }

        log.Release();
        for (int i = 1; i <= 8; i++)
        {
            (await client.NextAsync()).Should().StartWith($"2[\"say\",{i}");
        }

        if (oneExpectsAnAnswer)
        {
            (await client.NextAsync()).Should().EndWith("[\"ask\",9]");
        }

        (await server.PendingAsync(connect)).Should().Be(oneExpectsAnAnswer ? 10 : 9);
        client.Pings.Should().Be(1, "half of the window was written");
        client.TryPing();
        await client.PongAsync();
        client.TryPing();
        await client.PongAsync();
        (await server.PendingAsync(connect)).Should().Be(oneExpectsAnAnswer ? 1 : 0);
    }

    [Test]
    public async Task A_pong_that_comes_while_the_next_ping_is_written_proves_only_its_own()
    {
        (FakeEngine client, JsonElement connect) = await _server.ConnectAsync();
        await _server.EmitAsync();
        client.Handler.OnPinging();
        await _server.EmitAsync();

        client.Handler.OnPinging();
        await client.Handler.OnPongAsync();

        (await _server.PendingAsync(connect)).Should().Be(1);
        await client.Handler.OnPongAsync();
        (await _server.PendingAsync(connect)).Should().Be(0);
    }

    [Test]
    public async Task An_event_that_expects_an_answer_is_settled_by_the_answer()
    {
        (FakeEngine client, JsonElement connect) = await _server.ConnectAsync();
        _server.EmitWithAck();
        string asked = await client.NextAsync();
        await _server.EmitAsync();
        client.TryPing();
        await client.PongAsync();
        (await _server.PendingAsync(connect)).Should().Be(1);

        await client.SendAsync($"3{asked[1..asked.IndexOf('[', StringComparison.Ordinal)]}[]");

        (await _server.PendingAsync(connect)).Should().Be(0);
    }

    [Test]
    public async Task A_client_that_never_answers_still_gets_all_events()
    {
        (FakeEngine client, _) = await _server.ConnectAsync();

        for (int i = 0; i < 40; i++)
        {
            _server.EmitWithAck($"{i}");
            (await client.NextAsync()).Should().EndWith($"[\"ask\",{i}]");
            client.TryPing();
            await client.PongAsync();
        }
    }

    [Test]
    public async Task An_unanswered_event_does_not_hold_up_a_window_of_one()
    {
        await using SocketIOHarness server = new(window: 1);
        (FakeEngine client, _) = await server.ConnectAsync();
        server.EmitWithAck("1");
        (await client.NextAsync()).Should().EndWith("[\"ask\",1]");

        server.EmitWithAck("2");
        await client.PongAsync();

        (await client.NextAsync()).Should().EndWith("[\"ask\",2]");
    }

    [Test]
    public async Task An_unanswered_event_that_comes_late_is_not_proven_by_a_ping_before_it()
    {
        ManualTimeProvider clock = new();
        await using SocketIOHarness server = new(window: 2, clock: clock);
        (FakeEngine page, JsonElement connect) = await server.ConnectAsync("""{"session":"alice"}""");
        await page.EndAsync();
        (JsonConnection other, FakeOutput output) = await server.Broker.ConnectAsync("alice");
        server.EmitWithAck("1");
        long late = (await output.NextAsync("event")).GetProperty("id").GetInt64();
        await BrokerHarness.SendAsync(other, $$"""{"type":"nack","id":{{late}},"delay":60000}""");
        await other.OnClosedAsync().OrTimeout();
        page = server.Open();
        await page.SendAsync("""0{"session":"alice"}""");
        (await page.NextAsync()).Should().StartWith("0{");
        server.EmitWithAck("2");
        (await page.NextAsync()).Should().EndWith("[\"ask\",2]");
        await server.PendingAsync(connect);
        page.Pings.Should().Be(1);
        clock.Advance(TimeSpan.FromMinutes(1));
        (await page.NextAsync()).Should().EndWith("[\"ask\",1]");

        await page.PongAsync();

        (await server.PendingAsync(connect)).Should().Be(2);
    }

    [Test]
    public async Task The_client_is_asked_at_once_when_half_the_window_is_in_flight()
    {
        (FakeEngine client, _) = await _server.ConnectAsync();
        client.TryPing();
        await client.PongAsync();

        for (int i = 0; i < 3; i++)
        {
            await _server.EmitAsync();
        }

        client.Pings.Should().Be(1);
        await _server.EmitAsync();
        client.Pings.Should().Be(2);
        for (int i = 0; i < 4; i++)
        {
            await _server.EmitAsync();
        }

        client.Pings.Should().Be(2, "one is unanswered");
        await client.PongAsync();
        client.Pings.Should().Be(3, "half the window is in flight again");
    }

    [Test]
    public async Task The_client_is_asked_a_second_after_an_event()
    {
        (FakeEngine client, JsonElement connect) = await _server.ConnectAsync();
        client.TryPing();
        await client.PongAsync();
        long now = _server.Time.GetTimestamp();
        client.Handler.OnTick(now);
        client.Handler.OnTick(now + TimeSpan.FromSeconds(10).Ticks);
        client.Pings.Should().Be(1, "there is nothing to ask for");
        await _server.EmitAsync();

        client.Handler.OnTick(now + TimeSpan.FromSeconds(20).Ticks);
        client.Pings.Should().Be(1);
        client.Handler.OnTick(now + TimeSpan.FromSeconds(21).Ticks);

        client.Pings.Should().Be(2);
        await client.PongAsync();
        (await _server.PendingAsync(connect)).Should().Be(0);
        client.Handler.OnTick(now + TimeSpan.FromSeconds(30).Ticks);
        client.Handler.OnTick(now + TimeSpan.FromSeconds(40).Ticks);
        client.Pings.Should().Be(2);
    }

    [Test]
    public async Task A_client_that_answers_no_pings_gets_a_window_and_no_more()
    {
        (FakeEngine client, JsonElement connect) = await _server.ConnectAsync();

        for (int i = 0; i < 20; i++)
        {
            await _server.EmitAsync();
        }

        client.Waiting.Should().Be(8);
        (await _server.PendingAsync(connect)).Should().Be(20);
        await client.PongAsync();
        (await _server.PendingAsync(connect)).Should().BeLessThan(20);
    }

    [Test]
    public async Task A_namespace_that_was_joined_after_a_ping_is_not_proven_by_it()
    {
        FakeEngine client = _server.Open();
        client.TryPing();
        await client.SendAsync("0", """2["mq:join","lobby"]""");
        JsonElement connect = JsonElement.Parse((await client.NextAsync())[1..]);
        await _server.EmitAsync();

        await client.PongAsync();

        (await _server.PendingAsync(connect)).Should().Be(1);
    }
}

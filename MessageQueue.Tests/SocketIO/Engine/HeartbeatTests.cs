using MessageQueue.SocketIO;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.SocketIO.Engine;

/// <summary>The server pings, the client answers; a client that does not is gone.</summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class HeartbeatTests
{
    private readonly ManualTimeProvider _clock = new();

    [Test]
    public async Task A_client_on_WebSocket_is_pinged_after_each_interval_and_lives_as_long_as_it_answers()
    {
        await using EngineApp app = await EngineApp.StartAsync(Configure, clock: _clock);
        (RawWebSocket socket, RecordingEngineHandler handler) = await app.ConnectAsync();
        await using RawWebSocket closing = socket;

        for (int i = 1; i <= 3; i++)
        {
            _clock.Advance(TimeSpan.FromSeconds(25.5));
            (await socket.ReadAsync())!.Text.Should().Be("2");
            await socket.SendAsync(RawWebSocket.TextFrame("3"));
            await socket.SendAsync(RawWebSocket.TextFrame("4next"));
            (await socket.ReadAsync())!.Text.Should().Be("4next");
            handler.Calls.Should().Equal(Enumerable.Repeat<string[]>(["pinging", "pong", "next"], i).SelectMany(calls => calls));
        }
    }

    [Test]
    public async Task A_client_on_polling_is_pinged_too()
    {
        await using EngineApp app = await EngineApp.StartAsync(Configure, clock: _clock);
        (PollingClient client, RecordingEngineHandler handler) = await app.PollAsync();
        await client.PostAsync("6");

        for (int i = 0; i < 3; i++)
        {
            _clock.Advance(TimeSpan.FromSeconds(25.5));
            (await client.PollAsync()).Should().Be("2");
            await client.PostAsync("3");
        }

        handler.Calls.Should().Equal("pinging", "pong", "pinging", "pong", "pinging", "pong");
    }

    [Test]
    public async Task A_client_on_WebSocket_that_does_not_answer_in_time_is_dropped()
    {
        await using EngineApp app = await EngineApp.StartAsync(Configure, clock: _clock);
        (RawWebSocket socket, RecordingEngineHandler handler) = await app.ConnectAsync();
        await using RawWebSocket closing = socket;
        _clock.Advance(TimeSpan.FromSeconds(25.5));
        (await socket.ReadAsync())!.Text.Should().Be("2");

        _clock.Advance(TimeSpan.FromSeconds(19));
        handler.Calls.Should().Equal("pinging");
        _clock.Advance(TimeSpan.FromSeconds(1));

        (await socket.ReadAsync()).Should().BeNull();
        await handler.Closed.OrTimeout();
        handler.Connection.ClosedWith.Should().BeNull("the connection is lost");
    }

    [Test]
    public async Task A_client_on_polling_that_does_not_answer_in_time_is_forgotten()
    {
        await using EngineApp app = await EngineApp.StartAsync(Configure, clock: _clock);
        (PollingClient client, RecordingEngineHandler handler) = await app.PollAsync();
        await client.PostAsync("6");
        _clock.Advance(TimeSpan.FromSeconds(25.5));

        _clock.Advance(TimeSpan.FromSeconds(20));

        await handler.Closed.OrTimeout();
        await client.ShouldBeUnknownAsync();
        app.Server.ConnectionCount.Should().Be(0);
    }

    [Test]
    public async Task Another_ping_is_sent_only_after_the_answer_to_the_one_before()
    {
        await using EngineApp app = await EngineApp.StartAsync(Configure, clock: _clock);
        (RawWebSocket socket, RecordingEngineHandler handler) = await app.ConnectAsync();
        await using RawWebSocket closing = socket;

        handler.Connection.TryPing().Should().BeTrue();
        handler.Connection.TryPing().Should().BeFalse();
        (await socket.ReadAsync())!.Text.Should().Be("2");
        await socket.SendAsync(RawWebSocket.TextFrame("3"));
        await socket.SendAsync(RawWebSocket.TextFrame("4next"));
        (await socket.ReadAsync())!.Text.Should().Be("4next");

        handler.Connection.TryPing().Should().BeTrue();
        handler.Calls.Should().Equal("pinging", "pong", "next", "pinging");
    }

    [Test]
    public async Task An_answer_to_no_ping_is_not_reported()
    {
        await using EngineApp app = await EngineApp.StartAsync(Configure, clock: _clock);
        (RawWebSocket socket, RecordingEngineHandler handler) = await app.ConnectAsync();
        await using RawWebSocket closing = socket;

        await socket.SendAsync(RawWebSocket.TextFrame("3"));
        await socket.SendAsync(RawWebSocket.TextFrame("4next"));
        (await socket.ReadAsync())!.Text.Should().Be("4next");

        handler.Calls.Should().Equal("next");
    }

    [Test]
    public async Task A_client_whose_messages_are_handled_slowly_is_not_dropped()
    {
        TaskCompletionSource released = new();
        await using EngineApp app = await EngineApp.StartAsync(Configure, clock: _clock);
        app.OnText = async (_, _) => await released.Task;
        (PollingClient client, RecordingEngineHandler handler) = await app.PollAsync();
        _clock.Advance(TimeSpan.FromSeconds(5));
        Task posting = client.PostAsync("4slow|3");
        while (handler.Calls.IsEmpty)
        {
            await Task.Yield();
        }

        _clock.Advance(TimeSpan.FromSeconds(90));
        released.SetResult();
        await posting;

        handler.Calls.Should().Equal("slow", "pinging", "pong");
    }

    [Test]
    public async Task A_client_that_sends_and_never_fetches_the_answers_is_dropped()
    {
        await using EngineApp app = await EngineApp.StartAsync(Configure, options => options.MaxOutboundBytes = 1024, clock: _clock);
        (PollingClient client, RecordingEngineHandler handler) = await app.PollAsync();
        string message = new('x', 2000);
        Task<HttpResponseMessage> posting = client.SendAsync($"4{message}|4{message}");
        while (handler.Calls.IsEmpty)
        {
            await Task.Yield();
        }

        for (int i = 0; i < 4; i++)
        {
            _clock.Advance(TimeSpan.FromSeconds(25.5));
        }

        await handler.Closed.OrTimeout();
        await posting;
        app.Server.ConnectionCount.Should().Be(0);
    }

    [Test]
    public async Task Time_is_reported_while_a_connection_is_open()
    {
        await using EngineApp app = await EngineApp.StartAsync(Configure, clock: _clock);
        (RawWebSocket socket, RecordingEngineHandler handler) = await app.ConnectAsync();

        _clock.Advance(TimeSpan.FromSeconds(10));
        int ticks = handler.Ticks;
        socket.Reset();
        await handler.Closed.OrTimeout();
        _clock.Advance(TimeSpan.FromSeconds(10));

        ticks.Should().BeGreaterThanOrEqualTo(39, "the receipt interval is a second, and time comes four times in it");
        handler.Ticks.Should().Be(ticks);
    }

    [Test]
    public async Task The_shortest_interval_of_all_is_kept_too()
    {
        await using EngineApp app = await EngineApp.StartAsync(options => options.ReceiptInterval = TimeSpan.FromMilliseconds(1));
        (RawWebSocket socket, RecordingEngineHandler handler) = await app.ConnectAsync();
        await using RawWebSocket closing = socket;
        int ticks = handler.Ticks;

        SpinWait.SpinUntil(() => handler.Ticks > ticks + 2, TimeSpan.FromSeconds(10)).Should().BeTrue("time goes on");
    }

    private static void Configure(SocketIOOptions options)
    {
        options.PingInterval = TimeSpan.FromSeconds(25);
        options.PingTimeout = TimeSpan.FromSeconds(20);
    }
}

using System.Globalization;
using System.Net;
using MessageQueue.Protocol;
using MessageQueue.SocketIO.Engine;
using MessageQueue.Tests.Infrastructure;
using Microsoft.AspNetCore.Http;

namespace MessageQueue.Tests.SocketIO.Engine;

/// <summary>A client changes from polling to WebSocket, and nothing is lost, doubled or overtaken.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class UpgradeTests
{
    [Test]
    public async Task A_client_tries_a_WebSocket_and_then_changes_to_it()
    {
        await using EngineApp app = await EngineApp.StartAsync();
        (PollingClient client, RecordingEngineHandler handler) = await app.PollAsync();
        await using RawWebSocket socket = await app.TryAsync(client.Sid);

        await ProbeAsync(socket);
        (await client.PollAsync()).Should().Be("6", "the client has to be free of its request");
        await socket.SendAsync(RawWebSocket.TextFrame("5"));
        await socket.SendAsync(RawWebSocket.TextFrame("4hello"));

        (await socket.ReadAsync())!.Text.Should().Be("4hello");
        app.Server.ConnectionCount.Should().Be(1);
        await socket.SendAsync(RawWebSocket.CloseFrame(1000));
        await handler.Closed.OrTimeout();
        handler.Calls.Should().Equal("hello", "closed");
    }

    [Test]
    public async Task A_waiting_request_is_freed_by_the_probe()
    {
        await using EngineApp app = await EngineApp.StartAsync();
        (PollingClient client, _) = await app.PollAsync();
        Task<string> polling = client.PollAsync();
        await using RawWebSocket socket = await app.TryAsync(client.Sid);

        await ProbeAsync(socket);

        (await polling).Should().Be("6");
    }

    [Test]
    public async Task What_was_not_fetched_comes_on_the_WebSocket_before_all_that_is_written_later()
    {
        await using EngineApp app = await EngineApp.StartAsync();
        (PollingClient client, RecordingEngineHandler handler) = await app.PollAsync();
        await using RawWebSocket socket = await app.TryAsync(client.Sid);
        await ProbeAsync(socket);
        handler.Send("before");

        await socket.SendAsync(RawWebSocket.TextFrame("5"));
        await socket.SendAsync(RawWebSocket.TextFrame("4after"));

        (await socket.ReadAsync())!.Text.Should().Be("4before");
        (await socket.ReadAsync())!.Text.Should().Be("4after");
    }

    [Test]
    public async Task A_stream_of_events_survives_the_change_whole_and_in_order()
    {
        const int Rounds = 20;
        await using EngineApp app = await EngineApp.StartAsync();
        for (int round = 0; round < Rounds; round++)
        {
            (PollingClient client, RecordingEngineHandler handler) = await app.PollAsync();
            int last = -1;
            using CancellationTokenSource stop = new();
            Task writing = Task.Run(async () =>
            {
                for (int i = 0; !stop.IsCancellationRequested; i++)
                {
                    handler.Send(i.ToString(CultureInfo.InvariantCulture));
                    last = i;
                    await Task.Yield();
                }
            });
            List<string> received = [];
            received.AddRange((await client.PollAsync()).Split('|'));
            await using RawWebSocket socket = await app.TryAsync(client.Sid);
            await socket.SendAsync(RawWebSocket.TextFrame("2probe"));
            received.AddRange((await client.PollAsync()).Split('|'));
            (await socket.ReadAsync())!.Text.Should().Be("3probe");
            await socket.SendAsync(RawWebSocket.TextFrame("5"));
            received.Add((await socket.ReadAsync())!.Text);
            await stop.CancelAsync();
            await writing.OrTimeout();
            received.RemoveAll(packet => packet == "6");
            while (received[^1] != $"4{last}")
            {
                received.Add((await socket.ReadAsync())!.Text);
            }

            received.Should().Equal(Enumerable.Range(0, last + 1).Select(i => $"4{i}"));
        }
    }

    [Test]
    public async Task Messages_wait_on_the_WebSocket_until_those_before_them_are_handled()
    {
        TaskCompletionSource entered = new(), released = new();
        await using EngineApp app = await EngineApp.StartAsync();
        app.OnText = async (_, text) =>
        {
            if (text == "first")
            {
                entered.SetResult();
                await released.Task;
            }
        };
        (PollingClient client, RecordingEngineHandler handler) = await app.PollAsync();
        Task posting = client.PostAsync("4first|4second");
        await entered.Task.OrTimeout();
        await using RawWebSocket socket = await app.TryAsync(client.Sid);
        await ProbeAsync(socket);

        await socket.SendAsync(RawWebSocket.TextFrame("5"));
        await socket.SendAsync(RawWebSocket.TextFrame("4third"));
        handler.Calls.Should().Equal("first");
        released.SetResult();

        await posting;
        while (handler.Calls.Count < 3)
        {
            await Task.Yield();
        }

        handler.Calls.Should().Equal("first", "second", "third");
    }

    [Test]
    public async Task After_the_change_polling_is_refused_and_the_WebSocket_goes_on()
    {
        await using EngineApp app = await EngineApp.StartAsync();
        (PollingClient client, RecordingEngineHandler handler) = await app.PollAsync();
        await using RawWebSocket socket = await UpgradeAsync(app, client, handler);

        foreach (HttpResponseMessage response in new[] { await client.GetAsync(), await client.SendAsync("4x") })
        {
            response.StatusCode.Should().Be(HttpStatusCode.BadRequest);
            (await response.Content.ReadAsStringAsync().OrTimeout()).Should().Be("""{"code":3,"message":"Bad request"}""");
        }

        await ShouldEchoAsync(socket);
    }

    [Test]
    public async Task A_request_that_the_change_overtakes_is_refused()
    {
        await using EngineApp app = await EngineApp.StartAsync(clock: new ManualTimeProvider());
        (PollingClient client, RecordingEngineHandler handler) = await app.PollAsync();
        await using RawWebSocket socket = await app.TryAsync(client.Sid);
        await ProbeAsync(socket);
        Task<HttpResponseMessage> polling = client.GetAsync();
        while (!handler.Connection.Polling!.Polls.IsPolled)
        {
            await Task.Yield();
        }

        await socket.SendAsync(RawWebSocket.TextFrame("5"));

        (await polling).StatusCode.Should().Be(HttpStatusCode.BadRequest);
        await ShouldEchoAsync(socket);
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task A_second_WebSocket_is_closed_and_the_first_goes_on(bool isUpgraded)
    {
        await using EngineApp app = await EngineApp.StartAsync();
        (PollingClient client, _) = await app.PollAsync();
        await using RawWebSocket first = await app.TryAsync(client.Sid);
        await ProbeAsync(first);
        if (isUpgraded)
        {
            await first.SendAsync(RawWebSocket.TextFrame("5"));
            await ShouldEchoAsync(first);
        }

        await using RawWebSocket second = await app.TryAsync(client.Sid);
        (await second.ReadCloseAsync()).CloseCode.Should().Be(1002);

        if (!isUpgraded)
        {
            await first.SendAsync(RawWebSocket.TextFrame("5"));
        }

        await ShouldEchoAsync(first);
    }

    [Test]
    public async Task A_WebSocket_of_a_connection_that_began_on_WebSocket_is_closed()
    {
        await using EngineApp app = await EngineApp.StartAsync();
        (RawWebSocket first, RecordingEngineHandler handler) = await app.ConnectAsync();
        await using RawWebSocket closing = first;

        await using RawWebSocket second = await app.TryAsync(handler.Connection.Id);

        (await second.ReadCloseAsync()).CloseCode.Should().Be(1002);
        await ShouldEchoAsync(first);
    }

    [TestCase("4hello")]
    [TestCase("2")]
    [TestCase("2probes")]
    [TestCase("")]
    public async Task What_is_no_probe_closes_the_WebSocket_and_polling_goes_on(string message)
    {
        await using EngineApp app = await EngineApp.StartAsync();
        (PollingClient client, RecordingEngineHandler handler) = await app.PollAsync();
        await using RawWebSocket socket = await app.TryAsync(client.Sid);

        await socket.SendAsync(RawWebSocket.TextFrame(message));

        (await socket.ReadCloseAsync()).CloseCode.Should().Be(1002);
        await socket.SendAsync(RawWebSocket.CloseFrame(1000));
        await ShouldStillPollAsync(client);
        handler.Calls.Should().Equal("still here");
    }

    [Test]
    public async Task A_binary_message_is_no_probe()
    {
        await using EngineApp app = await EngineApp.StartAsync();
        (PollingClient client, _) = await app.PollAsync();
        await using RawWebSocket socket = await app.TryAsync(client.Sid);

        await socket.SendAsync(RawWebSocket.Frame(RawWebSocket.Binary, "2probe"u8));

        (await socket.ReadCloseAsync()).CloseCode.Should().Be(1002);
        await ShouldStillPollAsync(client);
    }

    [Test]
    public async Task A_client_that_gives_up_may_try_again()
    {
        await using EngineApp app = await EngineApp.StartAsync();
        (PollingClient client, RecordingEngineHandler handler) = await app.PollAsync();
        await using (RawWebSocket given = await app.TryAsync(client.Sid))
        {
            await ProbeAsync(given);
            await given.SendAsync(RawWebSocket.CloseFrame(1000));
            (await given.ReadCloseAsync()).CloseCode.Should().Be(1000);
            (await given.ReadAsync()).Should().BeNull();
        }

        await ShouldStillPollAsync(client);

        await using RawWebSocket socket = await UpgradeAsync(app, client, handler);
        await ShouldEchoAsync(socket);
    }

    [Test]
    public async Task A_change_that_takes_too_long_is_cut_off_and_polling_goes_on()
    {
        ManualTimeProvider clock = new();
        await using EngineApp app = await EngineApp.StartAsync(clock: clock);
        (PollingClient client, _) = await app.PollAsync();
        await using RawWebSocket socket = await app.TryAsync(client.Sid);
        await ProbeAsync(socket);

        clock.Advance(TimeSpan.FromSeconds(9));
        Task<RawFrame> closing = socket.ReadCloseAsync();
        closing.IsCompleted.Should().BeFalse();
        clock.Advance(TimeSpan.FromSeconds(1.5));

        (await closing).CloseCode.Should().Be(1002);
        await ShouldStillPollAsync(client);
    }

    [Test]
    public async Task A_connection_that_ends_takes_the_tried_WebSocket_with_it()
    {
        await using EngineApp app = await EngineApp.StartAsync();
        (PollingClient client, RecordingEngineHandler handler) = await app.PollAsync();
        await using RawWebSocket socket = await app.TryAsync(client.Sid);
        await ProbeAsync(socket);

        handler.Connection.Close(CloseReason.SessionEnded);

        await socket.ReadCloseAsync();
        await handler.Closed.OrTimeout();
    }

    [Test]
    public async Task A_connection_that_was_lost_takes_no_WebSocket()
    {
        await using EngineApp app = await EngineApp.StartAsync();
        (_, RecordingEngineHandler handler) = await app.PollAsync();
        handler.Connection.Abort();
        await handler.Closed.OrTimeout();

        // As if the request had found the connection just before its end.
        WebSocketTransport late = new(handler.Connection, new DefaultHttpContext(), null!, isTried: true);

        handler.Connection.TryBeginUpgrade(late).Should().BeFalse();
    }

    [Test]
    public async Task After_the_change_the_end_of_the_WebSocket_is_the_end_of_the_connection()
    {
        await using EngineApp app = await EngineApp.StartAsync();
        (PollingClient client, RecordingEngineHandler handler) = await app.PollAsync();
        RawWebSocket socket = await UpgradeAsync(app, client, handler);

        socket.Reset();

        await handler.Closed.OrTimeout();
        await client.ShouldBeUnknownAsync();
    }

    [Test]
    public async Task An_output_that_was_full_reports_room_after_the_change()
    {
        await using EngineApp app = await EngineApp.StartAsync(server: options => options.MaxOutboundBytes = 1024);
        (PollingClient client, RecordingEngineHandler handler) = await app.PollAsync();
        byte[] frame = RecordingEngineHandler.Frame(new string('x', 900));
        handler.Connection.TryWrite(frame).Should().BeTrue();
        handler.Connection.TryWrite(frame).Should().BeFalse();

        await using RawWebSocket socket = await UpgradeAsync(app, client, handler);

        await handler.Drained.OrTimeout();
        (await socket.ReadAsync())!.Payload.Should().HaveCount(901);
        handler.Connection.TryWrite(frame).Should().BeTrue();
    }

    private static async Task ProbeAsync(RawWebSocket socket)
    {
        await socket.SendAsync(RawWebSocket.TextFrame("2probe"));
        (await socket.ReadAsync())!.Text.Should().Be("3probe");
    }

    private static async Task<RawWebSocket> UpgradeAsync(
        EngineApp app, PollingClient client, RecordingEngineHandler handler)
    {
        RawWebSocket socket = await app.TryAsync(client.Sid);
        await ProbeAsync(socket);
        await socket.SendAsync(RawWebSocket.TextFrame("5"));
        while (handler.Connection.Polling is not null)
        {
            await Task.Yield();
        }

        return socket;
    }

    private static async Task ShouldEchoAsync(RawWebSocket socket)
    {
        await socket.SendAsync(RawWebSocket.TextFrame("4hello"));
        (await socket.ReadAsync())!.Text.Should().Be("4hello");
    }

    private static async Task ShouldStillPollAsync(PollingClient client)
    {
        await client.PostAsync("4still here");
        (await client.PollAsync()).Should().BeOneOf("4still here", "6|4still here");
    }
}

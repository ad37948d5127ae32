using System.Net;
using System.Net.Http.Headers;
using System.Text;
using MessageQueue.Protocol;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.SocketIO.Engine;

/// <summary>HTTP long-polling: packets both ways, and everything that a client can do wrong.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class PollingTests
{
    [TestCase("4hello", "4hello")]
    [TestCase("4test1|4test2|4test3", "4test1|4test2|4test3")]
    [TestCase("4hello|bAQIDBA==", "4hello|bAQIDBA==")]
    [TestCase("4", "4")]
    [TestCase("b", "b")]
    [TestCase("4é€😀", "4é€😀")]
    [TestCase("0|5|6|3|4still here", "4still here", Description = "types without meaning, and a pong that nobody asked for")]
    public async Task Packets_arrive_and_are_fetched_in_order(string sent, string fetched)
    {
        await using EngineApp app = await EngineApp.StartAsync();
        (PollingClient client, _) = await app.PollAsync();

        await client.PostAsync(sent);

        (await client.PollAsync()).Should().Be(fetched);
    }

    [Test]
    public async Task A_waiting_request_is_answered_as_soon_as_there_is_something_to_say()
    {
        await using EngineApp app = await EngineApp.StartAsync();
        (PollingClient client, RecordingEngineHandler handler) = await app.PollAsync();

        Task<string> polling = client.PollAsync();
        handler.Send("now");

        (await polling).Should().Be("4now");
    }

    [Test]
    public async Task Large_messages_of_both_kinds_come_whole_in_one_answer()
    {
        await using EngineApp app = await EngineApp.StartAsync();
        (PollingClient client, _) = await app.PollAsync();
        string text = new('x', 300_000);
        byte[] data = new byte[200_001];
        new Random(1).NextBytes(data);

        await client.PostAsync($"4{text}|b{Convert.ToBase64String(data)}");

        (await client.PollAsync()).Should().Be($"4{text}|b{Convert.ToBase64String(data)}");
    }

    [Test]
    public async Task A_second_request_at_a_time_ends_the_connection()
    {
        await using EngineApp app = await EngineApp.StartAsync();
        (PollingClient client, RecordingEngineHandler handler) = await app.PollAsync();

        Task<HttpResponseMessage>[] both = [client.GetAsync(), client.GetAsync()];

        HttpResponseMessage[] responses = await Task.WhenAll(both);
        responses.Select(response => (int)response.StatusCode).Should().BeEquivalentTo([200, 400]);
        (await responses.Single(response => response.IsSuccessStatusCode).Content.ReadAsStringAsync()).Should().Be("1");
        await client.ShouldBeUnknownAsync();
        await handler.Closed.OrTimeout();
        handler.Connection.ClosedWith!.Code.Should().Be(CloseCode.ProtocolError);
    }

    [Test]
    public async Task Two_requests_with_packets_at_a_time_end_the_connection()
    {
        TaskCompletionSource entered = new(), released = new();
        await using EngineApp app = await EngineApp.StartAsync();
        app.OnText = async (_, _) =>
        {
            entered.TrySetResult();
            await released.Task;
        };
        (PollingClient client, RecordingEngineHandler handler) = await app.PollAsync();
        Task<HttpResponseMessage> first = client.SendAsync("4slow|4never handled");
        await entered.Task.OrTimeout();

        (await client.SendAsync("4too early")).StatusCode.Should().Be(HttpStatusCode.BadRequest);

        await client.ShouldBeUnknownAsync();
        handler.Closed.IsCompleted.Should().BeFalse("a message is being handled");
        released.SetResult();
        (await first).StatusCode.Should().Be(HttpStatusCode.BadRequest);
        await handler.Closed.OrTimeout();
        handler.Calls.Should().Equal("slow", "closed");
    }

    [Test]
    public async Task A_waiting_request_that_breaks_off_ends_the_connection()
    {
        await using EngineApp app = await EngineApp.StartAsync();
        (PollingClient client, RecordingEngineHandler handler) = await app.PollAsync();
        using CancellationTokenSource givenUp = new();
        Task polling = client.GetAsync(givenUp.Token);
        while (!handler.Connection.Polling!.Polls.IsPolled)
        {
            await Task.Yield();
        }

        await givenUp.CancelAsync();

        await handler.Closed.OrTimeout();
        handler.Connection.ClosedWith.Should().BeNull("the connection was lost");
        await client.ShouldBeUnknownAsync();
        await polling.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    [TestCase("abc")]
    [TestCase("")]
    [TestCase("|")]
    [TestCase("2", Description = "only the server pings")]
    [TestCase("7")]
    [TestCase("b###")]
    [TestCase("bAQIDBA", Description = "base64 without padding")]
    [TestCase("4good|abc|4not handled")]
    public async Task A_wrong_packet_ends_the_connection(string packets)
    {
        await using EngineApp app = await EngineApp.StartAsync();
        (PollingClient client, RecordingEngineHandler handler) = await app.PollAsync();

        (await client.SendAsync(packets)).StatusCode.Should().Be(HttpStatusCode.BadRequest);

        await client.ShouldBeUnknownAsync();
        await handler.Closed.OrTimeout();
        handler.Connection.ClosedWith.Should().Be(CloseReason.BadPacket);
        handler.Calls.Should().NotContain("not handled");
    }

    [Test]
    public async Task Text_that_is_not_UTF_8_ends_the_connection()
    {
        await using EngineApp app = await EngineApp.StartAsync();
        (PollingClient client, RecordingEngineHandler handler) = await app.PollAsync();

        (await client.SendAsync(new ByteArrayContent([(byte)'4', 0xFF]))).StatusCode.Should().Be(HttpStatusCode.BadRequest);

        await handler.Closed.OrTimeout();
        handler.Calls.Should().Equal("closed");
    }

    [Test]
    public async Task A_binary_body_ends_the_connection()
    {
        await using EngineApp app = await EngineApp.StartAsync();
        (PollingClient client, RecordingEngineHandler handler) = await app.PollAsync();
        using ByteArrayContent body = new([(byte)'4']);
        body.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");

        (await client.SendAsync(body)).StatusCode.Should().Be(HttpStatusCode.BadRequest);

        await handler.Closed.OrTimeout();
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task A_body_that_is_too_large_is_refused_and_the_connection_goes_on(bool isAnnounced)
    {
        await using EngineApp app = await EngineApp.StartAsync(options => options.MaxMessageBytes = 2048);
        (PollingClient client, RecordingEngineHandler handler) = await app.PollAsync();
        byte[] large = Encoding.ASCII.GetBytes("4" + new string('x', 2048));
        using HttpContent body = isAnnounced ? new ByteArrayContent(large) : new StreamContent(new UnseekableStream(large));

        (await client.SendAsync(body)).StatusCode.Should().Be(HttpStatusCode.RequestEntityTooLarge);

        handler.Calls.Should().BeEmpty();
        await client.PostAsync("4" + new string('x', 2047));
        (await client.PollAsync()).Should().HaveLength(2048);
    }

    [Test]
    public async Task A_body_that_is_cut_off_ends_the_connection()
    {
        await using EngineApp app = await EngineApp.StartAsync();
        (PollingClient client, RecordingEngineHandler handler) = await app.PollAsync();
        Uri url = new(app.Url);
        using System.Net.Sockets.TcpClient tcp = new();
        await tcp.ConnectAsync(url.Host, url.Port).OrTimeout();
        await tcp.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
            $"POST /engine.io/?EIO=4&transport=polling&sid={client.Sid} HTTP/1.1\r\nHost: {url.Authority}\r\n"
                + "Content-Length: 100\r\n\r\n4half"))
            .OrTimeout();

        tcp.Close();

        await handler.Closed.OrTimeout();
        handler.Calls.Should().Equal("closed");
    }

    [Test]
    public async Task A_handler_that_throws_ends_its_connection()
    {
        await using EngineApp app = await EngineApp.StartAsync(toleratesErrors: true);
        app.OnText = (_, text) => text == "bad" ? throw new InvalidOperationException("on purpose") : ValueTask.CompletedTask;
        (PollingClient client, RecordingEngineHandler handler) = await app.PollAsync();

        (await client.SendAsync("4bad|4not handled")).StatusCode.Should().Be(HttpStatusCode.OK);

        await client.ShouldBeUnknownAsync();
        handler.Connection.ClosedWith.Should().Be(CloseReason.ServerFailed);
    }

    [Test]
    public async Task An_output_that_is_full_refuses_events_and_reports_room_when_they_were_fetched()
    {
        await using EngineApp app = await EngineApp.StartAsync(server: options => options.MaxOutboundBytes = 1024);
        (PollingClient client, RecordingEngineHandler handler) = await app.PollAsync();
        byte[] frame = RecordingEngineHandler.Frame(new string('x', 400));
        handler.Connection.TryWrite(frame).Should().BeTrue();
        handler.Connection.TryWrite(frame.AsSpan(0, 10), frame.AsSpan(10)).Should().BeTrue();
        handler.Connection.TryWrite(frame).Should().BeFalse();
        handler.Drained.IsCompleted.Should().BeFalse();

        (await client.PollAsync()).Should().HaveLength(2 * 401 + 1);

        await handler.Drained.OrTimeout();
        handler.Connection.TryWrite(frame).Should().BeTrue();
    }

    [Test]
    public async Task A_client_that_does_not_fetch_its_answers_is_not_read_from()
    {
        await using EngineApp app = await EngineApp.StartAsync(server: options => options.MaxOutboundBytes = 1024);
        (PollingClient client, RecordingEngineHandler handler) = await app.PollAsync();
        string message = new('x', 1000);

        Task posting = client.PostAsync($"4{message}|4{message}|4{message}|4last");
        while (handler.Calls.Count < 2)
        {
            await Task.Yield();
        }

        posting.IsCompleted.Should().BeFalse();
        List<string> fetched = [];
        while (fetched.LastOrDefault() != "4last")
        {
            fetched.AddRange((await client.PollAsync()).Split('|'));
        }

        await posting;
        fetched.Should().Equal($"4{message}", $"4{message}", $"4{message}", "4last");
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task A_close_by_the_server_comes_after_what_was_written_before(bool isPolled)
    {
        await using EngineApp app = await EngineApp.StartAsync();
        (PollingClient client, RecordingEngineHandler handler) = await app.PollAsync();
        Task<string>? polling = isPolled ? client.PollAsync() : null;
        handler.Connection.Write(RecordingEngineHandler.Frame("last words"));

        handler.Connection.Close(CloseReason.SessionEnded);

        (await (polling ?? client.PollAsync())).Should().BeOneOf("4last words|1");
        await handler.Closed.OrTimeout();
        handler.Connection.ClosedWith.Should().Be(CloseReason.SessionEnded);
        handler.Connection.TryWrite(RecordingEngineHandler.Frame("too late")).Should().BeFalse();
        await client.ShouldBeUnknownAsync();
    }

    [Test]
    public async Task A_closed_connection_takes_no_more_packets()
    {
        await using EngineApp app = await EngineApp.StartAsync();
        (PollingClient client, RecordingEngineHandler handler) = await app.PollAsync();

        handler.Connection.Close(CloseReason.SessionEnded);

        (await client.SendAsync("4too late")).StatusCode.Should().Be(HttpStatusCode.BadRequest);
        await handler.Closed.OrTimeout();
        handler.Calls.Should().Equal("closed");
    }

    [Test]
    public async Task The_last_answer_waits_no_longer_than_the_close_timeout()
    {
        ManualTimeProvider clock = new();
        await using EngineApp app = await EngineApp.StartAsync(clock: clock);
        (PollingClient client, RecordingEngineHandler handler) = await app.PollAsync();
        handler.Connection.Close(CloseReason.SessionEnded);
        await handler.Closed.OrTimeout();

        await clock.AdvanceUntilAsync(() => app.Server.ConnectionCount == 0, TimeSpan.FromMilliseconds(100));

        await client.ShouldBeUnknownAsync();
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task A_close_by_the_client_frees_its_waiting_request(bool isPolled)
    {
        await using EngineApp app = await EngineApp.StartAsync();
        (PollingClient client, RecordingEngineHandler handler) = await app.PollAsync();
        Task<string>? polling = isPolled ? client.PollAsync() : null;

        await client.PostAsync("1|4not handled");

        (await (polling ?? client.PollAsync())).Should().Be("6");
        await client.ShouldBeUnknownAsync();
        await handler.Closed.OrTimeout();
        handler.Calls.Should().Equal("closed");
        handler.Connection.ClosedWith.Should().Be(CloseReason.ClosedByClient);
    }

    [Test]
    public async Task A_client_that_does_not_return_after_the_handshake_is_forgotten()
    {
        ManualTimeProvider clock = new();
        await using EngineApp app = await EngineApp.StartAsync(
            server: options => options.HandshakeTimeout = TimeSpan.FromSeconds(10), clock: clock);
        (PollingClient gone, RecordingEngineHandler handler) = await app.PollAsync();
        (PollingClient stays, _) = await app.PollAsync();
        await stays.PostAsync("4here");

        clock.Advance(TimeSpan.FromSeconds(11));

        await handler.Closed.OrTimeout();
        await gone.ShouldBeUnknownAsync();
        (await stays.PollAsync()).Should().Be("4here");
    }

    [Test]
    public async Task A_stop_of_the_server_ends_waiting_requests()
    {
        await using EngineApp app = await EngineApp.StartAsync();
        (PollingClient client, RecordingEngineHandler handler) = await app.PollAsync();
        Task<string> polling = client.PollAsync();
        while (!handler.Connection.Polling!.Polls.IsPolled)
        {
            await Task.Yield();
        }

        await app.StopAsync();

        (await polling).Should().Be("1");
        handler.IsAbandoned.Should().BeTrue();
        handler.Connection.ClosedWith.Should().Be(CloseReason.ServerStopping);
        handler.Closed.IsCompleted.Should().BeTrue("the log closes after that");
    }

    private sealed class UnseekableStream(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
    }
}

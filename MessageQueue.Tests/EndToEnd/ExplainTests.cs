using System.Text.Json;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.EndToEnd;

/// <summary><c>GET /-/events</c>: why an event was or was not delivered.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class ExplainTests
{
    private readonly ManualTimeProvider _clock = new();

    [Test]
    public async Task An_event_is_explained_for_every_session_that_it_was_for()
    {
        await using TestServer server = await ClockServer.StartAsync(_clock, Open);
        await using EventClient alice = await server.ConnectAsync("session=alice&room=lobby");
        await using EventClient bob = await server.ConnectAsync("session=bob&room=lobby");
        await using EventClient elsewhere = await server.ConnectAsync("session=elsewhere&room=red");
        await ConnectAndLeaveAsync(server, "session=away&room=lobby");
        long time = _clock.GetUtcNow().ToUnixTimeMilliseconds();
        await alice.SendAsync(
            new { type = "emit", @event = "say", to = new[] { "lobby", "hall" }, id = "order-17", data = "hi", echo = false });
        long id = (await alice.NextAsync("ack")).Id();
        (await bob.NextAsync("event")).Id().Should().Be(id);
        await using EventClient late = await server.ConnectAsync("session=late&room=lobby");

        JsonElement answer = await ExplainAsync(server, $"id={id}");

        answer.GetRawText().Should().StartWith(
            $$"""{"id":{{id}}"""
            + $$""","state":"stored","namespace":"/","event":"say","to":["lobby","hall"],"from":"alice","ref":"order-17","time":{{time}}"""
            + ""","bytes":4,"counts":{"excluded":1,"unsent":1,"inFlight":1},"sessions":[""");
        answer.GetProperty("sessions").EnumerateArray().Select(Describe).Should().Equal(
            "bob inFlight", "away unsent noConnection", "alice excluded");
        JsonElement[] rows = [.. answer.GetProperty("sessions").EnumerateArray()];
        rows[0].GetRawText().Should().Be(
            $$"""{"session":"bob","status":"inFlight","room":"lobby","connections":1,"lastSeen":{{time}},"deliveries":1}""");

        await bob.SendAsync(new { type = "ack", id });
        await bob.PingAsync();
        (await StatusAsync(server, id, "bob")).Should().Be("bob acknowledged");
        (await StatusAsync(server, id, "elsewhere")).Should().Be("elsewhere notAddressed");
        (await ExplainAsync(server, $"id={id}&session=late")).GetProperty("sessions")[0].GetProperty("joinedAt").GetInt64()
            .Should().BeGreaterThan(id, "it entered the room later");
    }

    [Test]
    public async Task A_refused_event_waits_out_its_delay_and_then_becomes_a_dead_letter()
    {
        await using TestServer server = await ClockServer.StartAsync(_clock, options =>
        {
            Open(options);
            options.MaxDeliveries = 2;
        });
        await using EventClient bob = await server.ConnectAsync("session=bob&room=lobby");
        await using EventClient reader = await server.ConnectAsync("session=reader&room=dead:*");
        long other = await bob.EmitAsync("lobby");
        long id = await bob.EmitAsync("lobby");
        (await bob.NextIdsAsync(2)).Should().Equal(other, id);
        await bob.SendAsync(new { type = "ack", id = other });
        await bob.SendAsync(new { type = "nack", id, delay = 5000 });
        await bob.PingAsync();

        (await StatusAsync(server, id, "bob")).Should().Be("bob delayed");

        _clock.Advance(TimeSpan.FromSeconds(5));
        (await bob.NextIdsAsync(1)).Should().Equal(id);
        await bob.SendAsync(new { type = "nack", id });
        await bob.PingAsync();
        _clock.Advance(TimeSpan.FromMinutes(5));
        long letter = (await reader.NextIdsAsync(1))[0];

        JsonElement row = (await ExplainAsync(server, $"id={id}&session=bob")).GetProperty("sessions")[0];
        Describe(row).Should().Be("bob deadLettered");
        row.GetProperty("deadLetter").GetInt64().Should().Be(letter);
        (await StatusAsync(server, other, "bob")).Should().Be("bob acknowledged");
    }

    [Test]
    public async Task A_window_that_is_full_and_a_connection_that_ended_are_named()
    {
        await using TestServer server = await ClockServer.StartAsync(_clock, Open);
        await using EventClient slow = await server.ConnectAsync("session=slow&room=lobby&window=1");
        long first = await slow.EmitAsync("lobby");
        long second = await slow.EmitAsync("lobby");
        (await slow.NextIdsAsync(1)).Should().Equal(first);

        (await StatusAsync(server, first, "slow")).Should().Be("slow inFlight");
        (await StatusAsync(server, second, "slow")).Should().Be("slow unsent window");

        await slow.CloseAsync();
        await server.ShouldHaveConnectionsAsync("slow", 0);
        (await StatusAsync(server, first, "slow")).Should().Be("slow waiting noConnection");
    }

    [Test]
    public async Task An_event_whose_time_is_over_expired_or_was_acknowledged_before()
    {
        await using TestServer server = await ClockServer.StartAsync(_clock, Open);
        await using EventClient alice = await server.ConnectAsync("session=alice&room=lobby");
        await ConnectAndLeaveAsync(server, "session=away&room=lobby");
        await alice.SendAsync(new { type = "emit", @event = "e", to = "lobby", id = "1", ttl = 1000 });
        long id = (await alice.NextAsync("ack")).Id();
        await alice.NextAsync("event");
        await alice.SendAsync(new { type = "ack", id });
        await alice.PingAsync();

        _clock.Advance(TimeSpan.FromSeconds(2));

        (await StatusAsync(server, id, "away")).Should().Be("away expired");
        (await StatusAsync(server, id, "alice")).Should().Be("alice acknowledgedOrExpired");
    }

    [Test]
    public async Task What_retention_dropped_is_a_gap_for_the_session_even_when_the_log_has_nothing_of_it()
    {
        await using TestServer server = await TestServer.StartAsync(options =>
        {
            Open(options);
            options.MaxBacklogPerSession = 1;
        });
        await using EventClient alice = await server.ConnectAsync("session=alice");
        await ConnectAndLeaveAsync(server, "session=away&room=lobby");
        long[] ids = await alice.EmitManyAsync("lobby", 3);

        await server.TrimAsync();

        (await StatusAsync(server, ids[0], "away")).Should().Be("away gap");
        (await StatusAsync(server, ids[2], "away")).Should().Be("away unsent noConnection");
    }

    [Test]
    public async Task A_restart_forgets_who_was_sent_it_and_not_whether_it_is_pending()
    {
        using TemporaryDirectory data = new();
        long id;
        await using (TestServer server = await TestServer.StartAsync(data, Open))
        {
            await using EventClient bob = await server.ConnectAsync("session=bob&room=lobby");
            id = await bob.EmitAsync("lobby");
            await bob.NextIdsAsync(1);
        }

        await using TestServer later = await TestServer.StartAsync(data, Open);
        (await StatusAsync(later, id, "bob")).Should().MatchRegex("^bob (unsent|waiting) noConnection$");
    }

    [Test]
    public async Task Only_so_many_sessions_are_named_and_those_that_still_wait_come_first()
    {
        await using TestServer server = await TestServer.StartAsync(Open);
        await using EventClient alice = await server.ConnectAsync("session=alice&room=lobby");
        await ConnectAndLeaveAsync(server, "session=away&room=lobby");
        long id = await alice.EmitAsync("lobby");
        await alice.SendAsync(new { type = "ack", id = (await alice.NextAsync("event")).Id() });
        await alice.PingAsync();

        JsonElement answer = await ExplainAsync(server, $"id={id}&limit=1");

        answer.GetProperty("counts").GetRawText().Should().Be("""{"unsent":1,"acknowledged":1}""");
        answer.GetProperty("sessions").EnumerateArray().Select(Describe).Should().Equal("away unsent noConnection");
        answer.Has("more").Should().BeTrue();
    }

    [Test]
    public async Task What_is_no_event_of_the_namespace_is_404_and_a_session_that_is_unknown_too()
    {
        await using TestServer server = await TestServer.StartAsync(Open);
        await using EventClient alice = await server.ConnectAsync("session=alice&room=lobby", "/chat");
        long id = await alice.EmitAsync("lobby");

        (await GetAsync(server, $"id={id}&namespace=/chat")).Status.Should().Be(System.Net.HttpStatusCode.OK);
        (await GetAsync(server, $"id={id}&namespace=/other")).ShouldBeError(404, "bad_message");
        (await GetAsync(server, $"id={id + 1000}")).ShouldBeError(404, "bad_message");
        (await GetAsync(server, "id=1")).ShouldBeError(404, "bad_message");
        (await GetAsync(server, $"id={id}&session=nobody")).ShouldBeError(404, "unknown_session");
        (await GetAsync(server, "")).ShouldBeError(400, "bad_message");
    }

    [Test]
    public async Task An_event_of_a_durable_handler_is_explained_for_the_handler()
    {
        TaskCompletionSource finish = new();
        await using TestServer server = await TestServer.HandlingAsync(
            app => app.Of("/").On("job", _ => finish.Task, new HandlerOptions { Durable = true }), Open);
        await using EventClient alice = await server.ConnectAsync("session=alice");
        await alice.SendAsync(new { type = "emit", @event = "job", id = "1" });
        JsonElement rooms = (await HttpReply.GetAsync($"{server.Url}/-/sessions")).Body;
        rooms.GetProperty("total").GetInt32().Should().Be(1);
        long id = await server.AskAsync(state => state.Head);

        JsonElement answer = await ExplainAsync(server, $"id={id}");

        answer.GetProperty("sessions")[0].GetProperty("handler").GetBoolean().Should().BeTrue();
        finish.SetResult();
        await alice.NextAsync("ack");
    }

    private static async Task ConnectAndLeaveAsync(TestServer server, string query)
    {
        await using (EventClient client = await server.ConnectAsync(query))
        {
            await client.CloseAsync();
        }

        await server.ShouldHaveConnectionsAsync("away", 0);
    }

    private static string Describe(JsonElement row) =>
        $"{row.GetProperty("session").GetString()} {row.GetProperty("status").GetString()}"
        + (row.TryGetProperty("heldBy", out JsonElement held) ? $" {held.GetString()}" : "");

    private static async Task<string> StatusAsync(TestServer server, long id, string session) =>
        Describe((await ExplainAsync(server, $"id={id}&session={session}")).GetProperty("sessions")[0]);

    private static async Task<JsonElement> ExplainAsync(TestServer server, string query)
    {
        HttpReply reply = await GetAsync(server, query);
        reply.Status.Should().Be(System.Net.HttpStatusCode.OK, reply.Body.ToString());
        return reply.Body;
    }

    private static Task<HttpReply> GetAsync(TestServer server, string query) => HttpReply.GetAsync($"{server.Url}/-/events?{query}");

    private static void Open(MessageQueueOptions options) => options.AuthorizeOperate = _ => ValueTask.FromResult(true);
}

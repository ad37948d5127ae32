using System.Text.Json;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.EndToEnd;

/// <summary><c>GET /-/owed</c>: what is pending for a session, without connecting as it.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class PeekTests
{
    private readonly ManualTimeProvider _clock = new();

    [Test]
    public async Task The_pending_events_of_a_session_are_shown_and_its_connection_stays()
    {
        await using TestServer server = await ClockServer.StartAsync(_clock, Open);
        await using EventClient bob = await server.ConnectAsync("session=bob&room=lobby&window=1");
        long time = _clock.GetUtcNow().ToUnixTimeMilliseconds();
        long first = await bob.EmitAsync("lobby", "say", "hi", id: "a");
        long second = await bob.EmitAsync("lobby", "say", "there", id: "b");
        await bob.NextIdsAsync(1);
        _clock.Advance(TimeSpan.FromSeconds(3));

        JsonElement peeked = await PeekAsync(server, "session=bob");

        peeked.GetProperty("session").GetString().Should().Be("bob");
        peeked.GetProperty("owed").GetInt32().Should().Be(2);
        peeked.GetProperty("inFlight").GetInt32().Should().Be(1);
        peeked.GetProperty("oldestOwed").GetInt64().Should().Be(first);
        peeked.GetProperty("oldestOwedAge").GetInt64().Should().Be(3000);
        peeked.GetProperty("heldBy").GetString().Should().Be("window");
        string head = ""","age":3000,"event":"say","to":["lobby"],"from":"bob","ref":""";
        peeked.GetProperty("events").GetRawText().Should().Be(
            $$"""[{"id":{{first}},"status":"inFlight","deliveries":1{{head}}"a","time":{{time}},"data":"hi"},"""
            + $$"""{"id":{{second}},"status":"unsent"{{head}}"b","time":{{time}},"data":"there"}]""");

        await bob.SendAsync(new { type = "ack", id = first });
        (await bob.NextIdsAsync(1)).Should().Equal(second);
        await bob.SendAsync(new { type = "ack", id = second });
        await bob.PingAsync();
        peeked = await PeekAsync(server, "session=bob");
        peeked.GetProperty("events").GetArrayLength().Should().Be(0);
        peeked.GetProperty("lastAcknowledged").GetInt64().Should().Be(second);
        peeked.TryGetProperty("oldestOwed", out _).Should().BeFalse();
        peeked.GetProperty("acknowledgedUpTo").GetInt64().Should().BeGreaterThanOrEqualTo(second);
    }

    [Test]
    public async Task Pages_follow_one_another_over_what_was_sent_and_what_was_not()
    {
        await using TestServer server = await TestServer.StartAsync(Open);
        await using EventClient bob = await server.ConnectAsync("session=bob&room=lobby&window=2");
        long[] ids = await bob.EmitManyAsync("lobby", 7);
        List<long> found = [];
        for (string? next = ""; next is not null;)
        {
            JsonElement page = await PeekAsync(server, "session=bob&limit=3" + (next.Length > 0 ? $"&after={next}" : ""));
            found.AddRange(page.GetProperty("events").EnumerateArray().Select(ClientSteps.Id));
            next = page.TryGetProperty("next", out JsonElement more) ? more.GetString() : null;
        }

        found.Should().Equal(ids);
    }

    [Test]
    public async Task Events_beyond_the_memory_are_read_from_the_log_and_a_page_ends_before_it_is_too_large()
    {
        using TemporaryDirectory data = new();
        await using TestServer server = await TestServer.StartAsync(data, options =>
        {
            Open(options);
            options.EventCacheBytes = 64 << 10;
        });
        await using EventClient bob = await server.ConnectAsync("session=bob&room=lobby&window=1");
        List<long> ids = [];
        for (int i = 0; i < 20; i++)
        {
            ids.Add(await bob.EmitAsync("lobby", "large", new string('x', 1_000_000)));
        }

        JsonElement first = await PeekAsync(server, "session=bob");
        JsonElement second = await PeekAsync(server, $"session=bob&after={first.GetProperty("next").GetString()}");

        JsonElement[] events = [.. first.GetProperty("events").EnumerateArray().Concat(second.GetProperty("events").EnumerateArray())];
        events.Select(ClientSteps.Id).Should().Equal(ids);
        first.GetProperty("events").GetArrayLength().Should().Be(16);
    }

    [Test]
    public async Task A_gap_is_shown_with_what_is_still_pending()
    {
        await using TestServer server = await TestServer.StartAsync(options =>
        {
            Open(options);
            options.MaxBacklogPerSession = 1;
        });
        await using (EventClient bob = await server.ConnectAsync("session=bob&room=lobby"))
        {
            await bob.CloseAsync();
        }

        await using EventClient alice = await server.ConnectAsync("session=alice");
        await server.ShouldHaveConnectionsAsync("bob", 0);
        long[] ids = await alice.EmitManyAsync("lobby", 3);
        await server.TrimAsync();

        JsonElement peeked = await PeekAsync(server, "session=bob");

        peeked.GetProperty("gaps").GetRawText().Should().Be($$"""[{"from":{{ids[0]}},"to":{{ids[1]}},"count":2}]""");
        peeked.GetProperty("events")[0].Id().Should().Be(ids[2]);
        peeked.GetProperty("heldBy").GetString().Should().Be("noConnection");
    }

    [Test]
    public async Task Expired_events_are_left_out_however_many_they_are()
    {
        await using TestServer server = await ClockServer.StartAsync(_clock, Open);
        await using EventClient bob = await server.ConnectAsync("session=bob&room=lobby&window=1");
        long sent = await bob.EmitAsync("lobby");
        for (int i = 0; i < 1500; i++)
        {
            await bob.RequestAsync(new { type = "emit", @event = "e", to = "lobby", ttl = 1000, id = $"short{i}" });
        }

        long last = await bob.EmitAsync("lobby");
        _clock.Advance(TimeSpan.FromSeconds(2));

        List<long> found = [];
        int pages = 0;
        for (string? next = ""; next is not null; pages++)
        {
            JsonElement page = await PeekAsync(server, "session=bob&limit=10" + (next.Length > 0 ? $"&after={next}" : ""));
            found.AddRange(page.GetProperty("events").EnumerateArray().Select(ClientSteps.Id));
            next = page.TryGetProperty("next", out JsonElement more) ? more.GetString() : null;
        }

        found.Should().Equal(sent, last);
        pages.Should().Be(2, "one page looks at a limited number of events");
    }

    [Test]
    public async Task The_app_decides_who_may_look_and_an_unknown_session_is_404()
    {
        List<(Operation, string?)> asked = [];
        await using TestServer server = await TestServer.StartAsync(options => options.AuthorizeOperate = request =>
        {
            asked.Add((request.Operation, request.Namespace));
            return ValueTask.FromResult(request.Token == "s3cret");
        });

        (await HttpReply.GetAsync($"{server.Url}/-/owed?session=bob&token=s3cret")).ShouldBeError(404, "unknown_session");
        (await HttpReply.GetAsync($"{server.Url}/-/owed?session=bob")).ShouldBeError(401, "forbidden");
        (await HttpReply.GetAsync($"{server.Url}/-/events?id=1")).ShouldBeError(401, "forbidden");
        (await HttpReply.GetAsync($"{server.Url}/-/owed?token=s3cret")).ShouldBeError(400, "bad_message");
        (await HttpReply.GetAsync($"{server.Url}/-/owed?session=bob&after=x&token=s3cret")).ShouldBeError(400, "bad_message");

        asked.Should().Equal((Operation.PeekSession, "/"), (Operation.PeekSession, "/"), (Operation.ExplainEvent, null));
    }

    private static async Task<JsonElement> PeekAsync(TestServer server, string query)
    {
        HttpReply reply = await HttpReply.GetAsync($"{server.Url}/-/owed?{query}");
        reply.Status.Should().Be(System.Net.HttpStatusCode.OK, reply.Body.ToString());
        return reply.Body;
    }

    private static void Open(MessageQueueOptions options) => options.AuthorizeOperate = _ => ValueTask.FromResult(true);
}

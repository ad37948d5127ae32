using System.Net.Http.Headers;
using System.Text.Json;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.EndToEnd;

/// <summary>The HTTP endpoints for operators.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class OperatingEndpointTests
{
    [Test]
    public async Task Sessions_are_listed_with_their_rooms_pending_events_and_connections()
    {
        ManualTimeProvider clock = new();
        await using TestServer server = await ClockServer.StartAsync(clock, Open);
        await using EventClient alice = await server.ConnectAsync("session=alice&room=lobby&room=red&window=1");
        await using (EventClient bob = await server.ConnectAsync("session=bob&room=lobby", "/chat"))
        {
            await bob.CloseAsync();
        }

        await WaitUntilAwayAsync(server, "bob");
        long[] ids = await alice.EmitManyAsync("lobby", 3);
        long toBob = (await HttpReply.PostAsync($"{server.Url}/chat?to=lobby&event=e")).ShouldBeAck();
        long left = clock.GetUtcNow().ToUnixTimeMilliseconds();
        clock.Advance(TimeSpan.FromSeconds(5));

        JsonElement answer = (await HttpReply.GetAsync($"{server.Url}/-/sessions")).Body;

        answer.GetProperty("total").GetInt32().Should().Be(2);
        answer.TryGetProperty("next", out _).Should().BeFalse();
        long settled = answer.GetProperty("sessions")[1].GetProperty("acknowledgedUpTo").GetInt64();
        settled.Should().BeInRange(1, toBob - 1);
        string alices = $$"""{"namespace":"/","session":"alice","rooms":["lobby","red"],"roomCount":2,"owed":3,"connections":1"""
            + $$""","lastSeen":{{left + 5000}},"inFlight":1,"acknowledgedUpTo":{{ids[0] - 1}}"""
            + $$""","oldestOwed":{{ids[0]}},"oldestOwedAge":5000}""";
        string bobs = $$"""{"namespace":"/chat","session":"bob","rooms":["lobby"],"roomCount":1,"owed":1,"connections":0"""
            + $$""","lastSeen":{{left}},"inFlight":0,"acknowledgedUpTo":{{settled}}"""
            + $$""","oldestOwed":{{toBob}},"oldestOwedAge":5000}""";
        answer.GetProperty("sessions").GetRawText().Should().Be($"[{alices},{bobs}]");
    }

    [Test]
    public async Task Rooms_are_listed_with_their_sessions_and_stored_events()
    {
        await using TestServer server = await TestServer.StartAsync(Open);
        await using EventClient alice = await server.ConnectAsync("session=alice&room=red&room=lobby");
        await using EventClient bob = await server.ConnectAsync("session=bob&room=lobby");
        await alice.EmitManyAsync("lobby", 2);

        HttpReply reply = await HttpReply.GetAsync($"{server.Url}/-/rooms?namespace=/");

        reply.Body.GetProperty("rooms").GetRawText().Should().Be(
            """[{"namespace":"/","room":"*","sessions":2,"connected":2,"events":0},"""
            + """{"namespace":"/","room":"lobby","sessions":2,"connected":2,"events":2},"""
            + """{"namespace":"/","room":"red","sessions":1,"connected":1,"events":0}]""");
    }

    [TestCase("sessions", "session")]
    [TestCase("rooms", "room")]
    public async Task Pages_follow_one_another(string listing, string name)
    {
        await using TestServer server = await TestServer.StartAsync(Open);
        string[] expected =
            [.. Enumerable.Range(0, 7).Select(i => $"{listing}{i}"), .. Enumerable.Range(0, 2).Select(i => $"{listing}{i}")];
        foreach ((string one, int i) in expected.Select((one, i) => (one, i)))
        {
            await using EventClient client = await server.ConnectAsync($"session={one}&room={one}", i < 7 ? "/a:b" : "/ü");
        }

        List<string> found = [];
        for (string? next = ""; next is not null;)
        {
            string after = next.Length == 0 ? "" : $"&after={Uri.EscapeDataString(next)}";
            JsonElement page = (await HttpReply.GetAsync($"{server.Url}/-/{listing}?limit=2{after}")).Body;
            JsonElement rows = page.GetProperty(listing);
            rows.GetArrayLength().Should().BeInRange(1, 2);
            found.AddRange(rows.EnumerateArray().Select(row => row.GetProperty(name).GetString()!).Where(row => row != "*"));
            next = page.TryGetProperty("next", out JsonElement more) ? more.GetString() : null;
        }

        found.Should().Equal(expected);
    }

    [Test]
    public async Task A_session_without_a_name_is_listed_by_its_alias_and_never_by_its_secret()
    {
        await using TestServer server = await TestServer.StartAsync(Open);
        await using EventClient someone = await server.ConnectAsync();
        string secret = someone.Welcome.GetProperty("session").GetString()!;

        HttpReply reply = await HttpReply.GetAsync($"{server.Url}/-/sessions");

        string listed = reply.Body.GetProperty("sessions")[0].GetProperty("session").GetString()!;
        listed.Should().StartWith("~").And.NotBe(secret);
        (await EndAsync(server, $"session={listed}")).Status.Should().Be(System.Net.HttpStatusCode.OK);
        (await someone.CloseCodeAsync()).Should().Be(4002);
    }

    [Test]
    public async Task Ending_a_session_closes_its_connections_and_removes_its_pending_events_for_good()
    {
        using TemporaryDirectory data = new();
        await using (TestServer server = await TestServer.StartAsync(data, Open))
        {
            await using EventClient alice = await server.ConnectAsync("session=alice&room=lobby");
            await alice.EmitAsync("lobby");

            HttpReply reply = await EndAsync(server, "session=alice");

            reply.Body.GetRawText().Should().Be("""{"type":"ack"}""");
            (await alice.CloseCodeAsync()).Should().Be(4002);
            (await EndAsync(server, "session=alice")).ShouldBeError(404, "unknown_session");
            (await EndAsync(server, "session=alice&namespace=/chat")).ShouldBeError(404, "unknown_session");
        }

        await using TestServer later = await TestServer.StartAsync(data, Open);
        await using EventClient again = await later.ConnectAsync("session=alice");
        again.Welcome.GetProperty("resumed").GetBoolean().Should().BeFalse();
    }

    [Test]
    public async Task An_embedded_server_refuses_operators_until_AuthorizeOperate_is_set_even_if_it_allows_everything_else()
    {
        await using TestServer server = await TestServer.StartAsync();
        await using EventClient alice = await server.ConnectAsync("session=alice");

        (await HttpReply.GetAsync($"{server.Url}/-/sessions")).ShouldBeError(403, "forbidden");
        (await HttpReply.GetAsync($"{server.Url}/-/rooms")).ShouldBeError(403, "forbidden");
        (await EndAsync(server, "session=alice")).ShouldBeError(403, "forbidden");
        await alice.PingAsync();
    }

    [Test]
    public async Task The_app_decides_who_may_do_what()
    {
        List<OperateRequest> asked = [];
        await using TestServer server = await TestServer.StartAsync(options => options.AuthorizeOperate = request =>
        {
            asked.Add(request);
            return ValueTask.FromResult(request is { Token: "s3cret", Operation: Operation.ListRooms });
        });

        (await HttpReply.GetAsync($"{server.Url}/-/rooms?token=s3cret")).Status.Should().Be(System.Net.HttpStatusCode.OK);
        (await HttpReply.GetAsync($"{server.Url}/-/rooms?token=other")).ShouldBeError(401, "forbidden");
        HttpReply withHeader = await HttpReply.GetAsync(
            $"{server.Url}/-/sessions?namespace=/chat",
            request => request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", "s3cret"));
        withHeader.ShouldBeError(401, "forbidden");
        (await EndAsync(server, "session=alice")).ShouldBeError(401, "forbidden");

        asked.Select(request => (request.Operation, request.Namespace, request.Token)).Should().Equal(
            (Operation.ListRooms, null, "s3cret"), (Operation.ListRooms, null, "other"), (Operation.ListSessions, "/chat", "s3cret"),
            (Operation.EndSession, "/", null));
    }

    [TestCase("sessions?limit=0")]
    [TestCase("sessions?limit=501")]
    [TestCase("sessions?after=alice")]
    [TestCase("rooms?after=9:x")]
    [TestCase("rooms?after=lobby")]
    [TestCase("rooms?namespace=chat")]
    [TestCase("rooms?namespace=/socket.io")]
    public async Task A_parameter_that_is_not_allowed_is_refused(string request)
    {
        await using TestServer server = await TestServer.StartAsync(Open);

        (await HttpReply.GetAsync($"{server.Url}/-/{request}")).ShouldBeError(400, "bad_message");
    }

    [Test]
    public async Task Unknown_paths_and_methods_foreign_origins_and_too_many_requests_are_refused()
    {
        await using TestServer server = await ClockServer.StartAsync(new ManualTimeProvider(), options =>
        {
            Open(options);
            (options.MaxMessagesPerSecondPerAddress, options.MessageBurstPerAddress) = (1, 3);
        });

        (await HttpReply.GetAsync($"{server.Url}/-/nothing")).ShouldBeError(404, "bad_message");
        HttpReply put = await HttpReply.SendAsync(HttpMethod.Put, $"{server.Url}/-/sessions");
        put.ShouldBeError(405, "bad_message");
        put.ContentHeaders.Allow.Should().BeEquivalentTo("GET", "DELETE");
        (await HttpReply.GetAsync($"{server.Url}/-/rooms", request => request.Headers.Add("Origin", "https://evil.example")))
            .ShouldBeError(403, "forbidden");
        (await EndAsync(server, "")).ShouldBeError(400, "bad_message");
        (await HttpReply.GetAsync($"{server.Url}/-/rooms")).ShouldBeError(429, "rate_limited");
    }

    // Events that are emitted later come after the disconnect in the log.
    private static async Task WaitUntilAwayAsync(TestServer server, string session)
    {
        using CancellationTokenSource patience = new(Timeouts.Limit);
        bool isThere = true;
        while (isThere)
        {
            patience.Token.ThrowIfCancellationRequested();
            JsonElement sessions = (await HttpReply.GetAsync($"{server.Url}/-/sessions")).Body.GetProperty("sessions");
            isThere = sessions.EnumerateArray()
                .Any(row => row.GetProperty("session").GetString() == session && row.GetProperty("connections").GetInt32() > 0);
        }
    }

    private static void Open(MessageQueueOptions options) => options.AuthorizeOperate = _ => ValueTask.FromResult(true);

    private static Task<HttpReply> EndAsync(TestServer server, string query) =>
        HttpReply.SendAsync(HttpMethod.Delete, $"{server.Url}/-/sessions?{query}");
}

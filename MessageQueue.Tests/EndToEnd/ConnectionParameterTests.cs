using System.Text.Json;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.EndToEnd;

/// <summary>The parameters that the URL may have, and those that are refused.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class ConnectionParameterTests
{
    private static readonly string Longest = new('é', 128);

    private static IEnumerable<TestCaseData> Refused =>
    [
        new TestCaseData("/", $"session={Longest}x").SetArgDisplayNames("a session of 129 characters"),
        new TestCaseData("/", $"room={Longest}x").SetArgDisplayNames("a room of 129 characters"),
        new TestCaseData("/", "room=").SetArgDisplayNames("an empty room"),
        new TestCaseData("/", "ack=maybe").SetArgDisplayNames("ack=maybe"),
        new TestCaseData("/", "mode=both").SetArgDisplayNames("mode=both"),
        new TestCaseData("/", "from=-1").SetArgDisplayNames("from=-1"),
        new TestCaseData("/", "from=9007199254740992").SetArgDisplayNames("from=2^53"),
        new TestCaseData("/", "from=").SetArgDisplayNames("an empty from"),
        new TestCaseData("/", "session=a&session=b").SetArgDisplayNames("two sessions"),
        new TestCaseData("/", "window=1&window=2").SetArgDisplayNames("two windows"),
        new TestCaseData("/socket.io", "").SetArgDisplayNames("/socket.io"),
        new TestCaseData("/socket.io/deeper", "").SetArgDisplayNames("/socket.io/deeper"),
        new TestCaseData("/" + new string('n', 255), "").SetArgDisplayNames("a namespace of 256 characters"),
    ];

    [TestCaseSource(nameof(Refused))]
    public async Task A_parameter_that_is_not_allowed_closes_with_1008_and_creates_nothing(string path, string query)
    {
        await using TestServer server = await TestServer.StartAsync();
        await using EventClient client = await server.OpenAsync(query, path);

        (await client.CloseCodeAsync()).Should().Be(1008);

        client.Frames("welcome").TryRead(out _).Should().BeFalse();
        (await server.AskAsync(state => state.Sessions.Count)).Should().Be(0);
    }

    [Test]
    public async Task Names_of_the_greatest_length_are_accepted()
    {
        await using TestServer server = await TestServer.StartAsync();
        string ns = "/" + new string('n', 254);
        await using EventClient client = await server.ConnectAsync($"session={Longest}&room={Longest}", ns);

        client.Welcome.GetProperty("session").GetString().Should().Be(Longest);
        await client.EmitAsync(new[] { "nowhere", Longest });
        (await client.NextAsync("event")).GetProperty("from").GetString().Should().Be(Longest);
        await client.EmitAsync("@" + Longest);
        (await client.NextAsync("event")).GetProperty("room").GetString().Should().Be("@" + Longest);
    }

    [Test]
    public async Task Unknown_parameters_are_ignored()
    {
        await using TestServer server = await TestServer.StartAsync();

        await using EventClient client = await server.ConnectAsync("session=bob&colour=red&Room=lobby");

        long sent = await client.EmitAsync("lobby");
        (await client.NextIdsAsync(1)).Should().Equal([sent], "parameters are compared without case");
    }

    [Test]
    public async Task The_welcome_comes_before_pending_events()
    {
        await using TestServer server = await TestServer.StartAsync();
        await using EventClient alice = await server.ConnectAsync("session=alice");
        await using (EventClient bob = await server.ConnectAsync("session=bob&room=lobby"))
        {
            await bob.CloseAsync();
        }

        long[] ids = await alice.EmitManyAsync("lobby", 3);

        await using RawWebSocket back = await RawWebSocket.ConnectAsync(new Uri(server.Url + "/?session=bob"));
        List<string> frames = [];
        while (frames.Count < 4)
        {
            frames.Add((await back.ReadAsync())!.Text);
        }

        frames[0].Should().StartWith("""{"type":"welcome","session":"bob","resumed":true,"pending":3,"window":""");
        frames[1..].Select(frame => JsonSerializer.Deserialize<JsonElement>(frame).Id()).Should().Equal(ids);
    }

    [Test]
    public async Task The_log_has_an_id_of_its_own()
    {
        await using TestServer one = await TestServer.StartAsync();
        await using TestServer two = await TestServer.StartAsync();
        await using EventClient ofOne = await one.ConnectAsync();
        await using EventClient again = await one.ConnectAsync();
        await using EventClient ofTwo = await two.ConnectAsync();

        string log = ofOne.Welcome.GetProperty("log").GetString()!;
        again.Welcome.GetProperty("log").GetString().Should().Be(log);
        ofTwo.Welcome.GetProperty("log").GetString().Should().NotBe(log);
    }

    [Test]
    public async Task A_new_session_with_from_last_gets_that_many_events_of_its_rooms_and_everyone_and_then_new_ones()
    {
        using TemporaryDirectory data = new();
        long[] sent;
        await using (TestServer before = await TestServer.StartAsync(data))
        {
            await using EventClient alice = await before.ConnectAsync("session=alice&room=lobby");
            await alice.EmitAsync("lobby");
            sent = [await alice.EmitAsync("kitchen"), await alice.EmitAsync("*"), await alice.EmitAsync(new[] { "lobby", "kitchen" })];
            await alice.EmitAsync("elsewhere");
            await using EventClient bob = await before.ConnectAsync("session=bob&room=lobby&room=kitchen&from=last:3");
            bob.Welcome.GetProperty("pending").GetInt32().Should().Be(3);
            (await bob.NextIdsAsync(3)).Should().Equal(sent);
        }

        await using TestServer server = await TestServer.StartAsync(data);
        await using EventClient again = await server.ConnectAsync("session=bob&from=last:1");
        await using EventClient carol = await server.ConnectAsync("session=carol&room=lobby&from=last:1");
        long later = await carol.EmitAsync("lobby");
        (await again.NextIdsAsync(4)).Should().Equal([.. sent, later], "it existed already");
        (await carol.NextIdsAsync(2)).Should().Equal(sent[2], later);
    }

    [Test]
    public async Task A_from_beyond_the_end_begins_with_the_next_event()
    {
        await using TestServer server = await TestServer.StartAsync();
        await using EventClient alice = await server.ConnectAsync("session=alice");
        await alice.EmitAsync("lobby");

        await using (EventClient bob = await server.ConnectAsync("session=bob&room=lobby&from=1000000"))
        {
            bob.Welcome.GetProperty("pending").GetInt32().Should().Be(0);
            await bob.CloseAsync();
        }

        long sent = await alice.EmitAsync("lobby");

        await using EventClient back = await server.ConnectAsync("session=bob");
        (await back.NextIdsAsync(1)).Should().Equal(sent);
        back.Frames("gap").TryRead(out _).Should().BeFalse();
    }
}

using System.Text.Json;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.EndToEnd;

/// <summary>Publishing without a socket, when nothing is refused.</summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class PublishingTests : IAsyncDisposable
{
    private TestServer _server = null!;
    private EventClient _alice = null!;

    [SetUp]
    public async Task SetUp()
    {
        _server = await TestServer.StartAsync();
        _alice = await _server.ConnectAsync("session=alice&room=lobby&room=red");
    }

    public async ValueTask DisposeAsync()
    {
        await _alice.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Test]
    public async Task The_body_is_the_data_and_the_response_is_the_ack()
    {
        HttpReply reply = await PostAsync("to=lobby&event=greet", """ { "x": [1, 2.50, "ü\u00fc"] } """, key: "k1");

        long id = reply.ShouldBeAck();
        reply.Body.GetProperty("ref").GetString().Should().Be("k1");
        reply.Body.Has("duplicate").Should().BeFalse();
        JsonElement received = await _alice.NextAsync("event");
        received.Id().Should().Be(id);
        received.GetProperty("event").GetString().Should().Be("greet");
        received.GetProperty("data").GetRawText().Should().Be("""{ "x": [1, 2.50, "ü\u00fc"] }""", "data is never re-encoded");
        received.GetProperty("room").GetString().Should().Be("lobby");
        received.TryGetProperty("from", out _).Should().BeFalse("nobody sent it");
    }

    [Test]
    public async Task An_event_published_without_a_body_has_no_data()
    {
        (await PostAsync("to=lobby&event=tick")).ShouldBeAck();

        (await _alice.NextAsync("event")).TryGetProperty("data", out _).Should().BeFalse();
    }

    [TestCase("null")]
    [TestCase("17")]
    [TestCase("\"text\"")]
    [TestCase("[]")]
    public async Task Any_JSON_value_is_data(string json)
    {
        (await PostAsync("to=lobby&event=e", json)).ShouldBeAck();

        (await _alice.NextAsync("event")).GetProperty("data").GetRawText().Should().Be(json);
    }

    [Test]
    public async Task Several_targets_deliver_once_each_with_the_first_that_matched()
    {
        await using EventClient bob = await _server.ConnectAsync("session=bob");

        (await PostAsync("to=red&to=lobby&to=%40bob&to=*&event=e")).ShouldBeAck();

        (await _alice.NextAsync("event")).GetProperty("room").GetString().Should().Be("red");
        (await bob.NextAsync("event")).GetProperty("room").GetString().Should().Be("@bob");
        await _alice.ShouldHaveNoEventAsync();
        await bob.ShouldHaveNoEventAsync();
    }

    [Test]
    public async Task The_path_is_the_namespace_and_a_key_belongs_to_it()
    {
        await using EventClient other = await _server.ConnectAsync("session=bob&room=lobby", ns: "/chat");

        long first = (await PostAsync("to=lobby&event=e", key: "k")).ShouldBeAck();
        long second = (await HttpReply.PostAsync(_server.Url + "/chat?to=lobby&event=e", key: "k")).ShouldBeAck();

        second.Should().NotBe(first);
        (await _alice.NextIdsAsync(1)).Should().Equal(first);
        (await other.NextIdsAsync(1)).Should().Equal(second);
    }

    [Test]
    public async Task A_repeated_key_gets_the_first_response_and_is_stored_once()
    {
        long first = (await PostAsync("to=lobby&event=e", "1", key: "once")).ShouldBeAck();
        HttpReply again = await PostAsync("to=lobby&event=e", "2", key: "once");

        again.ShouldBeAck().Should().Be(first);
        again.Body.GetProperty("duplicate").GetBoolean().Should().BeTrue();
        (await _alice.NextIdsAsync(1)).Should().Equal(first);
        await _alice.ShouldHaveNoEventAsync();
    }

    [Test]
    public async Task Requests_with_one_key_at_the_same_time_store_one_event()
    {
        HttpReply[] replies = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => PostAsync("to=lobby&event=e", key: "race")));

        replies.Select(reply => reply.ShouldBeAck()).Distinct().Should().ContainSingle();
        replies.Count(reply => reply.Body.Has("duplicate")).Should().Be(7);
        (await _alice.EventsSoFarAsync()).Should().ContainSingle();
    }

    [Test]
    public async Task A_key_is_remembered_after_a_restart()
    {
        using TemporaryDirectory data = new();
        long first;
        await using (TestServer server = await TestServer.StartAsync(data))
        {
            first = (await HttpReply.PostAsync(server.Url + "/?to=lobby&event=e", key: "once")).ShouldBeAck();
        }

        await using TestServer later = await TestServer.StartAsync(data);
        HttpReply again = await HttpReply.PostAsync(later.Url + "/?to=lobby&event=e", key: "once");

        again.ShouldBeAck().Should().Be(first);
        again.Body.GetProperty("duplicate").GetBoolean().Should().BeTrue();
    }

    [Test]
    public async Task An_event_published_as_a_session_comes_from_it_and_shares_its_references()
    {
        long first = await _alice.EmitAsync("@alice", id: "mine");
        HttpReply again = await PostAsync("to=%40alice&event=e&session=alice", key: "mine");
        long second = (await PostAsync("to=lobby&event=e&session=alice", key: "other")).ShouldBeAck();

        again.ShouldBeAck().Should().Be(first);
        again.Body.Has("duplicate").Should().BeTrue();
        (await _alice.NextIdsAsync(1)).Should().Equal(first);
        JsonElement received = await _alice.NextAsync("event");
        received.Id().Should().Be(second);
        received.GetProperty("from").GetString().Should().Be("alice");
    }

    [Test]
    public async Task Without_echo_the_publishing_session_is_left_out()
    {
        await using EventClient bob = await _server.ConnectAsync("session=bob&room=lobby");

        long id = (await PostAsync("to=lobby&event=e&session=alice&echo=false")).ShouldBeAck();

        (await bob.NextIdsAsync(1)).Should().Equal(id);
        await _alice.ShouldHaveNoEventAsync();
    }

    [Test]
    public async Task A_volatile_event_goes_to_connected_sessions_and_has_no_number()
    {
        HttpReply reply = await PostAsync("to=lobby&event=e&volatile=true", "1");

        ((int)reply.Status).Should().Be(200);
        reply.Body.TryGetProperty("id", out _).Should().BeFalse();
        (await _alice.NextAsync("event")).TryGetProperty("id", out _).Should().BeFalse();
    }

    [Test]
    public async Task An_event_is_not_delivered_after_its_ttl()
    {
        ManualTimeProvider clock = new();
        await using TestServer server = await ClockServer.StartAsync(clock);
        await using (EventClient bob = await server.ConnectAsync("session=bob&room=lobby"))
        {
            await bob.CloseAsync();
        }

        (await HttpReply.PostAsync(server.Url + "/?to=lobby&event=e&ttl=1000")).ShouldBeAck();
        long kept = (await HttpReply.PostAsync(server.Url + "/?to=lobby&event=e&ttl=10000")).ShouldBeAck();
        clock.Advance(TimeSpan.FromSeconds(2));

        await using EventClient again = await server.ConnectAsync("session=bob");
        (await again.NextIdsAsync(1)).Should().Equal(kept);
    }

    [Test]
    public async Task A_session_that_is_away_gets_a_published_event_later()
    {
        await _alice.CloseAsync();
        long id = (await PostAsync("to=lobby&event=e")).ShouldBeAck();

        await using EventClient again = await _server.ConnectAsync("session=alice");

        (await again.NextIdsAsync(1)).Should().Equal(id);
    }

    private Task<HttpReply> PostAsync(string query, string? json = null, string? key = null) =>
        HttpReply.PostAsync($"{_server.Url}/?{query}", json, key);
}

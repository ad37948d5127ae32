using System.Text.Json;

namespace MessageQueue.Tests.EndToEnd;

[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class EmittingTests : IAsyncDisposable
{
    private TestServer _server = null!;
    private EventClient _alice = null!;
    private EventClient _bob = null!;

    [SetUp]
    public async Task SetUp()
    {
        _server = await TestServer.StartAsync(options => options.MaxRoomsPerEmit = 3);
        _alice = await _server.ConnectAsync("session=alice&room=lobby&room=red");
        _bob = await _server.ConnectAsync("session=bob");
    }

    public async ValueTask DisposeAsync()
    {
        await _alice.DisposeAsync();
        await _bob.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Test]
    public async Task An_event_carries_what_was_emitted_and_who_sent_it()
    {
        long before = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        await _bob.SendAsync("""{"data" : { "x": [1, 2.50, "ü\u00fc"] } , "to":"lobby","event":"greet","type":"emit"}""");

        JsonElement ack = await _bob.NextAsync("ack");
        JsonElement received = await _alice.NextAsync("event");

        ack.TryGetProperty("ref", out _).Should().BeFalse("no id was sent");
        received.GetProperty("id").GetInt64().Should().Be(ack.GetProperty("id").GetInt64());
        received.GetProperty("event").GetString().Should().Be("greet");
        received.GetProperty("data").GetRawText().Should().Be("""{ "x": [1, 2.50, "ü\u00fc"] }""", "data is never re-encoded");
        received.GetProperty("room").GetString().Should().Be("lobby");
        received.GetProperty("from").GetString().Should().Be("bob");
        received.GetProperty("time").GetInt64().Should().BeGreaterThanOrEqualTo(before);
        received.TryGetProperty("redelivered", out _).Should().BeFalse();
        received.TryGetProperty("reply", out _).Should().BeFalse();
    }

    [Test]
    public async Task Null_is_data_and_absent_is_absent()
    {
        await _bob.SendAsync("""{"type":"emit","event":"e","to":"lobby","data":null}""");
        await _bob.SendAsync("""{"type":"emit","event":"e","to":"lobby"}""");

        (await _alice.NextAsync("event")).GetProperty("data").ValueKind.Should().Be(JsonValueKind.Null);
        (await _alice.NextAsync("event")).TryGetProperty("data", out _).Should().BeFalse();
    }

    [Test]
    public async Task Events_to_a_session_that_is_away_or_to_everyone_stay_pending()
    {
        await _alice.CloseAsync();
        List<long> ids = [await _bob.EmitAsync("@alice"), await _bob.EmitAsync("*"), await _bob.EmitAsync("lobby")];

        await using EventClient back = await _server.ConnectAsync("session=alice");

        (await back.NextIdsAsync(3)).Should().Equal(ids);
    }

    [Test]
    public async Task Emitting_to_an_empty_room_is_allowed_and_later_members_do_not_get_it()
    {
        await _bob.EmitAsync("later");

        await using EventClient carol = await _server.ConnectAsync("session=carol&room=later");
        carol.Welcome.GetProperty("pending").GetInt32().Should().Be(0);
        await carol.ShouldHaveNoEventAsync();
    }

    [Test]
    public async Task An_event_to_a_room_reaches_only_its_members()
    {
        await _bob.EmitAsync("lobby");

        await _alice.NextIdsAsync(1);
        await _bob.ShouldHaveNoEventAsync();
    }

    [Test]
    public async Task An_event_to_everyone_reaches_every_session_of_the_namespace_including_the_sender()
    {
        long sent = await _bob.EmitAsync("*");

        (await _alice.NextIdsAsync(1)).Should().Equal(sent);
        (await _bob.NextAsync("event")).GetProperty("room").GetString().Should().Be("*");
    }

    [Test]
    public async Task A_session_is_reached_by_its_name_and_an_anonymous_one_by_its_alias()
    {
        await using EventClient anonymous = await _server.ConnectAsync("");
        await anonymous.EmitAsync("@alice");
        JsonElement received = await _alice.NextAsync("event");
        received.GetProperty("room").GetString().Should().Be("@alice");

        string answerTo = "@" + received.GetProperty("from").GetString();
        await _alice.EmitAsync(answerTo);

        (await anonymous.NextAsync("event")).GetProperty("room").GetString().Should().Be(answerTo);
    }

    [Test]
    public async Task Several_rooms_deliver_once_each_with_the_first_that_matched()
    {
        await _bob.EmitAsync(new[] { "green", "red", "lobby" });

        (await _alice.NextAsync("event")).GetProperty("room").GetString().Should().Be("red");
        await _bob.EmitAsync(new[] { "lobby", "lobby", "lobby" });
        (await _alice.NextAsync("event")).GetProperty("room").GetString().Should().Be("lobby");
        await _alice.ShouldHaveNoEventAsync();
        await using EventClient again = await _server.ConnectAsync("session=alice");
        again.Welcome.GetProperty("pending").GetInt32().Should().Be(2);
        await again.NextIdsAsync(2);
        await again.ShouldHaveNoEventAsync();
    }

    [Test]
    public async Task An_unknown_session_refuses_the_whole_emit()
    {
        await _bob.SendAsync(new { type = "emit", @event = "e", to = new[] { "lobby", "@nobody" }, id = "r" });

        JsonElement error = await _bob.NextAsync("error");
        error.GetProperty("code").GetString().Should().Be("unknown_session");
        error.GetProperty("ref").GetString().Should().Be("r");
        await _alice.ShouldHaveNoEventAsync();
    }

    [Test]
    public async Task An_emit_without_rooms_is_unhandled_if_there_is_no_handler()
    {
        await _bob.SendAsync(new { type = "emit", @event = "e", id = "r" });

        (await _bob.NextAsync("error")).GetProperty("code").GetString().Should().Be("unhandled");
    }

    [Test]
    public async Task A_repeated_reference_gets_the_first_acknowledgement_and_is_stored_once_even_on_a_new_connection()
    {
        long first = await _bob.EmitAsync("lobby", id: "once");
        await _bob.CloseAsync();
        await using EventClient again = await _server.ConnectAsync("session=bob");

        await again.SendAsync(new { type = "emit", @event = "e", to = "lobby", id = "once" });

        JsonElement ack = await again.NextAsync("ack");
        ack.GetProperty("id").GetInt64().Should().Be(first);
        ack.GetProperty("duplicate").GetBoolean().Should().BeTrue();
        (await _alice.NextIdsAsync(1)).Should().Equal(first);
        await _alice.ShouldHaveNoEventAsync();
    }

    [Test]
    public async Task Emits_of_a_connection_are_numbered_and_delivered_in_its_order()
    {
        await _bob.SendAsync(new { type = "join", room = "lobby" });
        for (int i = 0; i < 1000; i++)
        {
            await _bob.SendAsync(new { type = "emit", @event = "n", to = "lobby", data = i, id = $"{i}" });
        }

        await _bob.NextAsync("ack");
        for (int i = 0; i < 1000; i++)
        {
            JsonElement ack = await _bob.NextAsync("ack");
            ack.GetProperty("ref").GetString().Should().Be($"{i}");
            JsonElement received = await _alice.NextAsync("event");
            received.GetProperty("data").GetInt32().Should().Be(i);
            received.GetProperty("id").GetInt64().Should().Be(ack.GetProperty("id").GetInt64());
            (await _bob.NextAsync("event")).GetProperty("id").GetInt64().Should().Be(ack.GetProperty("id").GetInt64());
            await _alice.SendAsync(new { type = "ack", id = ack.GetProperty("id").GetInt64() });
            await _bob.SendAsync(new { type = "ack", id = ack.GetProperty("id").GetInt64() });
        }
    }

    [Test]
    public async Task Responses_come_in_the_order_of_the_requests()
    {
        await _bob.SendAsync("""{"type":"emit","event":"e","to":"lobby","id":"1"}""");
        await _bob.SendAsync("""{"type":"emit","event":"e"}""");
        await _bob.SendAsync("""{"type":"join","room":"lobby","id":"2"}""");
        await _bob.SendAsync("""{"type":"ping","id":"3"}""");

        (await _bob.NextAsync("pong")).GetProperty("ref").GetString().Should().Be("3");
        _bob.Frames("ack").Count.Should().Be(2, "a pong says that all before its ping was applied");
        _bob.Frames("error").Count.Should().Be(1);
    }
}

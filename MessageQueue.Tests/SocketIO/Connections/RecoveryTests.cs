using System.Text.Json;
using MessageQueue.Connections.Json;
using MessageQueue.Protocol;
using MessageQueue.SocketIO.Connections;
using MessageQueue.Storage;
using MessageQueue.Tests.Infrastructure;
using MessageQueue.Tests.Pipeline;

namespace MessageQueue.Tests.SocketIO.Connections;

/// <summary>A client that comes back gets what it missed, and nothing twice.</summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class RecoveryTests : IAsyncDisposable
{
    private readonly SocketIOHarness _server = new();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Test]
    public async Task Missed_events_come_before_CONNECT_with_the_same_ids()
    {
        (FakeEngine client, JsonElement connect) = await _server.ConnectAsync();
        long received = await _server.EmitAsync();
        await client.EndAsync();
        long missed = await _server.EmitAsync("2");
        long missedToo = await _server.EmitAsync("3");

        FakeEngine again = _server.Open();
        await again.SendAsync($"0{SocketIOHarness.Back(connect, received)}");

        (await again.NextAsync()).Should().Be($$"""2["say",2,"{{missed}}"]""");
        (await again.NextAsync()).Should().Be($$"""2["say",3,"{{missedToo}}"]""");
        (await again.NextAsync()).Should().Be($"0{connect.GetRawText()}");
        (await _server.PendingAsync(connect)).Should().Be(2, "the offset proves the first one");
        again.TryPing();
        await again.PongAsync();
        (await _server.PendingAsync(connect)).Should().Be(0);
    }

    [Test]
    public async Task A_client_that_missed_nothing_is_recovered_at_once()
    {
        (FakeEngine client, JsonElement connect) = await _server.ConnectAsync();
        long received = await _server.EmitAsync();
        await client.EndAsync();

        FakeEngine again = _server.Open();
        await again.SendAsync($"0{SocketIOHarness.Back(connect, received)}");

        (await again.NextAsync()).Should().Be($"0{connect.GetRawText()}");
        again.Waiting.Should().Be(0);
    }

    [Test]
    public async Task Events_that_have_expired_do_not_delay_CONNECT()
    {
        (FakeEngine client, JsonElement connect) = await _server.ConnectAsync();
        long received = await _server.EmitAsync();
        await client.EndAsync();
        await _server.EmitAsync("2", ""","ttl":1""");
        SpinWait.SpinUntil(() => false, TimeSpan.FromMilliseconds(5));

        FakeEngine again = _server.Open();
        await again.SendAsync($"0{SocketIOHarness.Back(connect, received)}");

        (await again.NextAsync()).Should().Be($"0{connect.GetRawText()}");
    }

    [Test]
    public async Task CONNECT_waits_for_a_window_of_events_at_most()
    {
        await using SocketIOHarness server = new(window: 4);
        (FakeEngine client, JsonElement connect) = await server.ConnectAsync();
        long received = await server.EmitAsync();
        await client.EndAsync();
        for (int i = 0; i < 10; i++)
        {
            await server.EmitAsync();
        }

        FakeEngine again = server.Open();
        await again.SendAsync($"0{SocketIOHarness.Back(connect, received)}");

        List<string> packets = [];
        do
        {
            packets.Add(await again.NextAsync());
        }
        while (packets[^1][0] != '0');

        packets.Should().HaveCountLessThanOrEqualTo(5);
    }

    [Test]
    public async Task A_client_that_received_no_event_before_gets_the_events_and_another_sid()
    {
        (FakeEngine client, JsonElement connect) = await _server.ConnectAsync();
        await client.EndAsync();
        long missed = await _server.EmitAsync();

        FakeEngine again = _server.Open();
        await again.SendAsync($"0{SocketIOHarness.Back(connect)}");

        JsonElement second = JsonElement.Parse((await again.NextAsync())[1..]);
        string sid = connect.GetProperty("sid").GetString()!;
        second.GetProperty("sid").GetString().Should().Be($"{sid}#1");
        second.GetProperty("pid").GetString().Should().NotBe(connect.GetProperty("pid").GetString());
        (await again.NextAsync()).Should().Be($$"""2["say",1,"{{missed}}"]""");
    }

    [Test]
    public async Task A_client_that_is_back_before_the_server_noticed_takes_over()
    {
        (FakeEngine client, JsonElement connect) = await _server.ConnectAsync();
        long received = await _server.EmitAsync();
        long lost = await _server.EmitAsync("2");

        FakeEngine again = _server.Open();
        await again.SendAsync($"0{SocketIOHarness.Back(connect, received)}");

        (await again.NextAsync()).Should().Be($$"""2["say",2,"{{lost}}"]""");
        (await again.NextAsync()).Should().Be($"0{connect.GetRawText()}");
        client.TryPing();
        await client.PongAsync();
        (await _server.PendingAsync(connect)).Should().Be(1, "the old connection proves nothing any more");
    }

    [Test]
    public async Task Events_that_expect_an_answer_come_again()
    {
        (FakeEngine client, JsonElement connect) = await _server.ConnectAsync();
        long received = await _server.EmitAsync();
        await client.EndAsync();
        _server.EmitWithAck("7");

        FakeEngine again = _server.Open();
        await again.SendAsync($"0{SocketIOHarness.Back(connect, received)}");

        string asked = await again.NextAsync();
        asked.Should().EndWith("[\"ask\",7]");
        await again.SendAsync($"3{asked[1..asked.IndexOf('[', StringComparison.Ordinal)]}[]");
        (await _server.PendingAsync(connect)).Should().Be(0);
    }

    [Test]
    public async Task An_unanswered_event_that_the_page_has_received_does_not_come_again_and_can_be_answered_later()
    {
        (FakeEngine client, JsonElement connect) = await _server.ConnectAsync();
        _server.EmitWithAck();
        string asked = (await NextOf(client, "ask"))!;
        client.TryPing();
        await client.PongAsync();
        await client.EndAsync();

        FakeEngine again = _server.Open();
        await again.SendAsync($"0{SocketIOHarness.Back(connect)}");

        (await again.NextAsync()).Should().StartWith("0{");
        (await _server.PendingAsync(connect)).Should().Be(1);
        again.Waiting.Should().Be(0);
        await again.SendAsync($"3{asked[1..asked.IndexOf('[', StringComparison.Ordinal)]}[]");
        (await _server.PendingAsync(connect)).Should().Be(0);
    }

    [Test]
    public async Task An_event_that_another_client_of_the_session_asked_for_again_comes_although_its_number_is_older()
    {
        ManualTimeProvider clock = new();
        await using SocketIOHarness server = new(clock: clock);
        (FakeEngine page, JsonElement connect) = await server.ConnectAsync("""{"session":"alice"}""");
        long first = await server.EmitAsync();
        await page.EndAsync();
        (JsonConnection other, FakeOutput output) = await server.Broker.ConnectAsync("alice");
        long later = await server.EmitAsync("2");
        for (JsonElement json = default; json.ValueKind == JsonValueKind.Undefined || json.GetProperty("id").GetInt64() != later;)
        {
            json = await output.NextAsync("event");
        }

        await BrokerHarness.SendAsync(other, $$"""{"type":"ack","id":{{first}}}""");
        await BrokerHarness.SendAsync(other, $$"""{"type":"nack","id":{{later}},"delay":60000}""");
        await other.OnClosedAsync().OrTimeout();
        page = server.Open();
        await page.SendAsync($"0{Named(connect, first)}");
        (await page.NextAsync()).Should().StartWith("0{");
        long last = await server.EmitAsync("3");
        (await page.NextAsync()).Should().Be($$"""2["say",3,"{{last}}"]""");
        await page.EndAsync();
        clock.Advance(TimeSpan.FromMinutes(1));

        page = server.Open();
        await page.SendAsync($"0{Named(connect, last)}");

        (await page.NextAsync()).Should().Be($$"""2["say",2,"{{later}}"]""");
        (await page.NextAsync()).Should().StartWith("0{");
        page.Waiting.Should().Be(0);

        static string Named(JsonElement connect, long offset) =>
            SocketIOHarness.Back(connect, offset).Replace("{", """{"session":"alice",""", StringComparison.Ordinal);
    }

    [Test]
    public async Task A_session_that_has_ended_is_replaced_by_a_new_one()
    {
        (FakeEngine client, JsonElement connect) = await _server.ConnectAsync();
        await client.EndAsync();
        string pid = connect.GetProperty("pid").GetString()!;
        string gone = pid[..(pid.LastIndexOf('.') + 1)] + "~AAAAAAAAAAAAAAAAAAAAAA";

        FakeEngine again = _server.Open();
        await again.SendAsync($$"""0{"pid":"{{gone}}","offset":"1"}""");

        JsonElement second = JsonElement.Parse((await again.NextAsync())[1..]);
        second.GetProperty("sid").GetString().Should().NotBe(connect.GetProperty("sid").GetString());
        second.GetProperty("pid").GetString().Should().NotBe(gone);
    }

    [TestCase("x")]
    [TestCase("x.y.0.alice")]
    [TestCase("00000000000000000000000000000000.AAAAAAAAAAAA.0.alice")]
    public async Task A_private_id_gives_no_right_to_a_named_session(string pid)
    {
        FakeEngine client = _server.Open();

        await client.SendAsync($$"""0{"pid":"{{pid}}","offset":"5"}""");

        (await client.NextAsync()).Should().StartWith("""0{"sid":"~""");
    }

    [Test]
    public async Task A_named_session_is_recovered_with_its_name_and_the_private_id()
    {
        (FakeEngine client, JsonElement connect) = await _server.ConnectAsync("""{"session":"alice"}""");
        long received = await _server.EmitAsync();
        await client.EndAsync();
        long missed = await _server.EmitAsync("2");

        FakeEngine again = _server.Open();
        await again.SendAsync($$"""0{"session":"alice",{{SocketIOHarness.Back(connect, received)[1..]}}""");

        (await again.NextAsync()).Should().Be($$"""2["say",2,"{{missed}}"]""");
        (await again.NextAsync()).Should().Be($"0{connect.GetRawText()}");
    }

    [Test]
    public async Task An_offset_beyond_the_log_or_of_another_log_is_not_believed()
    {
        (FakeEngine client, JsonElement connect) = await _server.ConnectAsync();
        long unread = await _server.EmitAsync();
        await client.EndAsync();

        FakeEngine again = _server.Open();
        await again.SendAsync($"0{SocketIOHarness.Back(connect, 1_000_000)}");

        (await again.NextAsync()).Should().StartWith("0{");
        (await again.NextAsync()).Should().Be($$"""2["say",1,"{{unread}}"]""");
        await again.EndAsync();
        string other = connect.GetRawText().Replace($"{_server.Broker.Broker.LogIdentity.Id:n}", $"{Guid.NewGuid():n}");

        FakeEngine third = _server.Open();
        await third.SendAsync($"0{SocketIOHarness.Back(JsonElement.Parse(other), unread)}");

        (await third.NextAsync()).Should().StartWith("0{");
        (await third.NextAsync()).Should().Be($$"""2["say",1,"{{unread}}"]""");
    }

    [Test]
    public void An_offset_of_the_log_that_this_one_continues_is_believed_as_far_as_both_are_the_same()
    {
        Guid before = Guid.NewGuid();
        LogIdentity log = new(Guid.NewGuid(), [new LogOrigin(before, 10)]);
        RecoveryId pid = RecoveryId.New(before, "alice");

        Recovery.Of(new ConnectAuth("alice", null, pid, 10), log, new PageLives()).Offset.Should().Be(10);
        Recovery.Of(new ConnectAuth("alice", null, pid, 11), log, new PageLives()).Offset.Should().BeNull();
    }

    [Test]
    public async Task An_event_that_is_repeated_after_its_answer_was_lost_has_the_same_reference()
    {
        List<string?> references = [];
        _server.App.OnCall = call =>
        {
            references.Add(call.ReferenceText);
            call.Answer(null, new EventData("5"u8.ToArray(), false), duplicate: false);
        };
        (FakeEngine client, JsonElement connect) = await _server.ConnectAsync();
        await client.SendAsync("2901[\"add\",1]");
        (await client.NextAsync()).Should().Be("3901[5]");
        await client.EndAsync();

        FakeEngine again = _server.Open();
        await again.SendAsync($"0{SocketIOHarness.Back(connect)}", "2902[\"add\",1]", "2903[\"add\",1]");

        (await again.NextAsync()).Should().StartWith("0{");
        (await again.NextAsync()).Should().Be("3902[5]", "the answer goes to the new id");
        (await again.NextAsync()).Should().Be("3903[5]");
        references[1].Should().Be(references[0]);
        references[2].Should().NotBe(references[0], "only the first event of a connection can be a repetition");
    }

    [Test]
    public async Task The_same_event_again_is_no_repetition_if_the_answer_was_received()
    {
        List<string?> references = [];
        _server.App.OnCall = call =>
        {
            references.Add(call.ReferenceText);
            call.Answer(null, default, duplicate: false);
        };
        (FakeEngine client, JsonElement connect) = await _server.ConnectAsync();
        await client.SendAsync("2901[\"add\",1]");
        await client.NextAsync();
        client.TryPing();
        await client.PongAsync();
        await client.EndAsync();

        FakeEngine again = _server.Open();
        await again.SendAsync($"0{SocketIOHarness.Back(connect)}", "2902[\"add\",1]");

        await again.NextAsync();
        await again.NextAsync();
        references[1].Should().NotBe(references[0]);
    }

    [Test]
    public async Task An_event_that_the_client_emitted_to_a_room_is_stored_once()
    {
        (FakeEngine client, JsonElement connect) = await _server.ConnectAsync();
        await client.SendAsync("""2901["mq:emit",{"to":"lobby","echo":false},"say",1]""");
        string acknowledged = await client.NextAsync();
        await client.EndAsync();

        FakeEngine again = _server.Open();
        await again.SendAsync(
            $"0{SocketIOHarness.Back(connect)}", """2902["mq:emit",{"to":"lobby","echo":false},"say",1]""");

        await again.NextAsync();
        (await again.NextAsync()).Should().Be(acknowledged.Replace("3901", "3902"));
    }

    private static async Task<string?> NextOf(FakeEngine client, string name)
    {
        string packet = await client.NextAsync();
        return packet.Contains($"\"{name}\"", StringComparison.Ordinal) ? packet : null;
    }
}

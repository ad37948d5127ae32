using System.Text.Json;
using System.Threading.Channels;
using MessageQueue.Client;
using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Clients.DotNet;

/// <summary>The cases of docs/clients.md, section "Receiving".</summary>
internal sealed class ReceivingTests : ClientFixture
{
    private Namespace All => Server.Server.Of("/");

    [Test]
    public async Task Acknowledges_after_handler()
    {
        TaskCompletionSource finish = new();
        ClientProbe ann = await InLobbyAsync("ann", options => options.CloseTimeout = TimeSpan.Zero);
        ChannelReader<MessageQueue.Client.ReceivedEvent<int>> received = ann.Collect<int>("say", _ => finish.Task);
        await All.To("lobby").EmitAsync("say", 1);
        await received.ReadAsync().OrTimeout();
        ann.Client.Owed.Should().Be(1);

        await ann.DisposeAsync();

        (await PendingAsync("ann")).Should().Be(1, "its handler has not finished");
        finish.SetResult();
        ClientProbe again = await InLobbyAsync("ann");
        received = again.Collect<int>("say");
        await received.ReadAsync().OrTimeout();
        await again.DisposeAsync();
        (await PendingAsync("ann")).Should().Be(0);
    }

    [Test]
    public async Task Acknowledges_in_batches()
    {
        ManualTimeProvider clock = new();
        await using ScriptedServer server = new();
        Proxy.PointTo(server.Url);
        ClientProbe ann = Create("ann", options => options.TimeProvider = clock);
        ChannelReader<MessageQueue.Client.ReceivedEvent<JsonElement>> received = ann.Collect<JsonElement>("say");
        _ = ann.Client.ConnectAsync();
        EventClient peer = await server.WelcomeAsync(window: 40);

        for (int id = 1; id <= 13; id++)
        {
            await ScriptedServer.SendEventAsync(peer, id);
            await received.ReadAsync().OrTimeout();
        }

        // A quarter of the window at once, and the rest after 50 ms.
        (await NumbersAsync(peer)).Should().Equal(1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
        peer.Frames("ack").TryRead(out _).Should().BeFalse();
        await clock.AdvanceUntilAsync(() => peer.Frames("ack").TryPeek(out _), TimeSpan.FromMilliseconds(10));
        (await NumbersAsync(peer)).Should().Equal(11, 12, 13);
    }

    [Test]
    public async Task Rejects_when_handler_throws()
    {
        int runs = 0;
        ClientProbe ann = await InLobbyAsync("ann");
        ChannelReader<MessageQueue.Client.ReceivedEvent<int>> received = ann.Collect<int>(
            "say", one => one.Data == 1 && ++runs == 1 ? throw new InvalidOperationException("not now") : Task.CompletedTask);

        await All.To("lobby").EmitAsync("say", 1);
        await All.To("lobby").EmitAsync("say", 2);

        (await ann.NoticeAsync(ClientNoticeKind.HandlerFailed)).Exception!.Message.Should().Be("not now");
        int[] order = [(await NextAsync()).Data, (await NextAsync()).Data, (await NextAsync()).Data];
        order.Should().Equal(1, 2, 1);

        async Task<MessageQueue.Client.ReceivedEvent<int>> NextAsync() => await received.ReadAsync().OrTimeout();
    }

    [Test]
    public async Task Handles_once()
    {
        TaskCompletionSource finish = new();
        await using ScriptedServer server = new();
        Proxy.PointTo(server.Url);
        ClientProbe ann = Create("ann");
        ChannelReader<MessageQueue.Client.ReceivedEvent<JsonElement>> received = ann.Collect<JsonElement>(
            "say", one => one.Number == 2 ? finish.Task : Task.CompletedTask);
        _ = ann.Client.ConnectAsync();
        EventClient peer = await server.WelcomeAsync();
        await ScriptedServer.SendEventAsync(peer, 1);
        await ScriptedServer.SendEventAsync(peer, 2);
        await received.ReadAsync().OrTimeout();
        await received.ReadAsync().OrTimeout();
        (await NumbersAsync(peer)).Should().Equal(1);

        // The acknowledgement was lost: 1 comes again, and 2 while it is being handled.
        Proxy.Cut();
        peer = await server.WelcomeAsync();
        await ScriptedServer.SendEventAsync(peer, 1);
        await ScriptedServer.SendEventAsync(peer, 2);
        await ScriptedServer.SendEventAsync(peer, 3);

        (await NumbersAsync(peer)).Should().Equal(1);
        received.TryRead(out _).Should().BeFalse();
        finish.SetResult();
        (await received.ReadAsync().OrTimeout()).Number.Should().Be(3);
        List<long> acknowledged = [.. await NumbersAsync(peer)];
        while (acknowledged.Count < 2)
        {
            acknowledged.AddRange(await NumbersAsync(peer));
        }

        acknowledged.Should().Equal(2, 3);
    }

    [Test]
    public async Task Forgets_numbers_of_another_log()
    {
        TaskCompletionSource finish = new();
        await using ScriptedServer server = new();
        Proxy.PointTo(server.Url);
        ClientProbe ann = Create("ann");
        ChannelReader<MessageQueue.Client.ReceivedEvent<JsonElement>> received = ann.Collect<JsonElement>(
            "say", one => one.Number == 8 ? finish.Task : Task.CompletedTask);
        _ = ann.Client.ConnectAsync();
        EventClient peer = await server.WelcomeAsync("old");
        foreach (int id in new[] { 5, 6, 7, 8 })
        {
            await ScriptedServer.SendEventAsync(peer, id);
            await received.ReadAsync().OrTimeout();
        }

        Proxy.Cut();
        peer = await server.WelcomeAsync("new", continues: new[] { new { log = "old", upTo = 5 } });
        ClientNotice notice = await ann.NoticeAsync(ClientNoticeKind.LogChanged);
        notice.To.Should().Be(5);
        notice.Numbers.Should().Equal(6, 7);
        finish.SetResult();
        await ScriptedServer.SendEventAsync(peer, 5);
        await ScriptedServer.SendEventAsync(peer, 6);

        // 6 is another event in this log. 5 was handled, and 8 belonged to the old log.
        (await received.ReadAsync().OrTimeout()).Number.Should().Be(6);
        List<long> acknowledged = [];
        while (!acknowledged.Contains(6))
        {
            acknowledged.AddRange(await NumbersAsync(peer));
        }

        acknowledged.Should().BeSubsetOf([5, 6]);
    }

    [Test]
    public async Task Runs_handlers_in_order()
    {
        ClientProbe ann = await InLobbyAsync("ann");
        List<string> order = [];
        TaskCompletionSource second = new();
        ann.Client.On<int>("say", async one =>
        {
            await Task.Yield();
            order.Add($"a{one.Data}");
        });
        ann.Client.On<int>("say", one =>
        {
            order.Add($"b{one.Data}");
            return Task.CompletedTask;
        });
        ann.Client.On<int>("last", _ =>
        {
            second.SetResult();
            return Task.CompletedTask;
        });

        await All.To("lobby").EmitAsync("say", 1);
        await All.To("lobby").EmitAsync("say", 2);
        await All.To("lobby").EmitAsync("last", 3);

        await second.Task.OrTimeout();
        order.Should().Equal("a1", "b1", "a2", "b2");
        await CheckSeveralAtOnceAsync();
    }

    [Test]
    public async Task Tells_unhandled_events()
    {
        ManualTimeProvider clock = new();
        ClientProbe ann = await InLobbyAsync("ann", options => options.TimeProvider = clock);
        await All.To("lobby").EmitAsync("early", 1);
        long number = await All.To("lobby").EmitAsync("nobody", 2);
        await AsyncCondition.UntilAsync(() => ann.Client.Owed == 2);

        // A handler that is added soon gets what came before it. After ten seconds the client gives up.
        ChannelReader<MessageQueue.Client.ReceivedEvent<int>> received = ann.Collect<int>("early");
        (await received.ReadAsync().OrTimeout()).Data.Should().Be(1);
        ann.Notices.Should().BeEmpty();
        await clock.AdvanceUntilAsync(() => !ann.Notices.IsEmpty, TimeSpan.FromSeconds(1));

        ClientNotice notice = await ann.NoticeAsync(ClientNoticeKind.Unhandled);
        (notice.Event, notice.Number).Should().Be(("nobody", number));
        await ann.DisposeAsync();
        (await PendingAsync("ann")).Should().Be(0);
    }

    [Test]
    public async Task Answers_requests()
    {
        ClientProbe ann = await InLobbyAsync("ann");
        ann.Client.On<int, string>("double", one => Task.FromResult($"{one.Data * 2}"));

        MessageQueue.Session session = (await All.FindSessionAsync("ann"))!;

        (await session.EmitWithAckAsync<string>("double", 21, TimeSpan.FromSeconds(30))).Should().Be("42");
    }

    [Test]
    public async Task Tells_gaps()
    {
        await using ScriptedServer server = new();
        Proxy.PointTo(server.Url);
        ClientProbe ann = Create("ann");
        List<string> order = [];
        ann.Client.Noticed += notice => order.Add($"{notice.Kind} {notice.From}-{notice.To} {notice.Count}");
        ann.Client.On<JsonElement>("say", one =>
        {
            order.Add($"{one.Number}");
            return Task.CompletedTask;
        });
        _ = ann.Client.ConnectAsync();
        EventClient peer = await server.WelcomeAsync();

        await ScriptedServer.SendEventAsync(peer, 1);
        await peer.SendAsync(new { type = "gap", from = 2, to = 5, count = 3 });
        await ScriptedServer.SendEventAsync(peer, 6);

        List<long> acknowledged = [];
        while (acknowledged.Count < 3)
        {
            acknowledged.AddRange(await NumbersAsync(peer));
        }

        order.Should().Equal("1", "Gap 2-5 3", "6");
        acknowledged.Should().Equal(1, 5, 6);
    }

    [Test]
    public async Task Passes_values_through()
    {
        ClientProbe ann = await InLobbyAsync("ann");
        ChannelReader<MessageQueue.Client.ReceivedEvent<JsonElement>> received = ann.Collect<JsonElement>("say");
        string[] values =
        [
            "null", "true", "1.50", "1e400", "12345678901234567890", "\"\\ud83d\\ude00 é\"",
            "[1,[2,{\"a\":[]}]]", "{\"b\":1, \"a\":{\"$binary\":\"AAEC\"}}",
        ];

        foreach (string value in values)
        {
            await ann.Client.EmitAsync("say", JsonElement.Parse(value), "lobby").OrTimeout();
            (await received.ReadAsync().OrTimeout()).Data.GetRawText().Should().Be(value);
        }

        await ann.Client.EmitAsync("say", default(JsonElement), "lobby").OrTimeout();
        (await received.ReadAsync().OrTimeout()).Data.ValueKind.Should().Be(JsonValueKind.Undefined, "absent stays absent");
    }

    [Test]
    public async Task Several_arguments_are_an_array_and_bytes_a_type_of_ones_own()
    {
        ClientProbe ann = await InLobbyAsync("ann");
        await using EventClient bob = await Server.ConnectAsync("session=bob&room=lobby");
        ChannelReader<MessageQueue.Client.ReceivedEvent<JsonElement[]>> moves = ann.Collect<JsonElement[]>("move");
        ChannelReader<MessageQueue.Client.ReceivedEvent<Snippets.Binary>> pictures = ann.Collect<Snippets.Binary>("picture");

        await Snippets.Clients.SeveralAsync(ann.Client).OrTimeout();

        MessageQueue.Client.ReceivedEvent<JsonElement[]> move = await moves.ReadAsync().OrTimeout();
        move.HasSeveralArguments.Should().BeTrue();
        (move.Data[0].GetString(), move.Data[1].GetInt32()).Should().Be(("knight", 3));
        MessageQueue.Client.ReceivedEvent<Snippets.Binary> picture = await pictures.ReadAsync().OrTimeout();
        picture.HasSeveralArguments.Should().BeFalse();
        picture.Data.Bytes.Should().Equal(1, 2, 3);
        (await bob.NextAsync("event")).GetProperty("args").GetBoolean().Should().BeTrue();
        (await bob.NextAsync("event")).GetProperty("data").GetRawText().Should().Be("""{"$binary":"AQID"}""");
    }

    [Test]
    public async Task Knows_what_it_is_owed()
    {
        await (await InLobbyAsync("ann")).DisposeAsync();
        for (int i = 1; i <= 3; i++)
        {
            await All.To("lobby").EmitAsync("say", i);
        }

        ClientProbe ann = await InLobbyAsync("ann", options => options.Window = 2);
        System.Threading.Channels.Channel<bool> go = Channel.CreateUnbounded<bool>();
        ann.Collect<int>("say", async _ => await go.Reader.ReadAsync());

        await AsyncCondition.UntilAsync(() => ann.Client.Owed == 3);
        for (int left = 2; left >= 0; left--)
        {
            go.Writer.TryWrite(true);
            await AsyncCondition.UntilAsync(() => ann.Client.Owed == left);
        }
    }

    private static async Task<long[]> NumbersAsync(EventClient peer)
    {
        JsonElement id = (await peer.NextAsync("ack")).GetProperty("id");
        return [.. id.EnumerateArray().Select(number => number.GetInt64())];
    }

    private async Task CheckSeveralAtOnceAsync()
    {
        ClientProbe bob = await InLobbyAsync("bob", options => options.MaxConcurrentHandlers = 3);
        using Barrier barrier = new(3);
        ChannelReader<MessageQueue.Client.ReceivedEvent<int>> received = bob.Collect<int>(
            "together", _ => Task.Run(() => barrier.SignalAndWait(Timeouts.Limit).Should().BeTrue()));
        for (int i = 0; i < 3; i++)
        {
            await All.To("lobby").EmitAsync("together", i);
            await received.ReadAsync().OrTimeout();
        }
    }
}

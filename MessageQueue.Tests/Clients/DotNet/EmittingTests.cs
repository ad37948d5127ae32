using System.Text.Json;
using System.Threading.Channels;
using MessageQueue.Client;
using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Clients.DotNet;

/// <summary>The cases of docs/clients.md, section "Emitting".</summary>
internal sealed class EmittingTests : ClientFixture
{
    protected override void Handle(MessageQueueServer server)
    {
        server.Of("/").On<int>("double", async (session, number) =>
        {
            await Task.Yield();
            return number * 2;
        });
        server.Of("/").On<int>("fail", (session, number) => throw new InvalidOperationException("no"));
    }

    protected override void Configure(MessageQueueOptions options)
    {
        options.AuthorizeEmit = request => ValueTask.FromResult(!request.To.Contains("forbidden"));
        options.MaxMessageBytes = 4096;
    }

    [Test]
    public async Task Emits_complete_when_durable()
    {
        ClientProbe ann = await InLobbyAsync("ann");
        ChannelReader<MessageQueue.Client.ReceivedEvent<string>> received = ann.Collect<string>("say");

        long number = await ann.Client.EmitAsync("say", "hello", "lobby").OrTimeout();

        MessageQueue.Client.ReceivedEvent<string> one = await received.ReadAsync().OrTimeout();
        (one.Number, one.Data, one.Room, one.From, one.Redelivered).Should().Be((number, "hello", "lobby", "ann", false));
        (await ann.Client.EmitAsync("say", "x", new EmitSettings { To = ["lobby", "@ann"], Echo = false }).OrTimeout())
            .Should().BeGreaterThan(number);
    }

    [Test]
    public async Task Calls_return_the_answer()
    {
        ClientProbe ann = await OpenAsync("ann");

        (await ann.Client.CallAsync<int>("double", 21).OrTimeout()).Should().Be(42);

        (await RefusalAsync(ann.Client.CallAsync<int>("fail", 1))).Code.Should().Be("failed");
        (await RefusalAsync(ann.Client.CallAsync<int>("nothing"))).Code.Should().Be("unhandled");
        Server.ToleratesErrors = true;
    }

    [Test]
    public async Task Emits_in_order()
    {
        Proxy.Refuses = true;
        ClientProbe ann = Create("ann", options => options.Rooms = ["lobby"]);
        ChannelReader<MessageQueue.Client.ReceivedEvent<int>> received = ann.Collect<int>("say");
        _ = ann.Client.ConnectAsync();
        List<Task<long>> emits = [.. Enumerable.Range(0, 300).Select(EmitAsync)];
        await ann.UntilAsync(ClientStatus.Waiting);
        Proxy.Refuses = false;
        await ann.UntilAsync(ClientStatus.Open);
        emits.AddRange(Enumerable.Range(300, 300).Select(EmitAsync));

        (await Task.WhenAll(emits).OrTimeout()).Should().BeInAscendingOrder().And.OnlyHaveUniqueItems();
        for (int i = 0; i < emits.Count; i++)
        {
            (await received.ReadAsync().OrTimeout()).Data.Should().Be(i);
        }

        await CheckOnTheirWayAsync();

        Task<long> EmitAsync(int i) => ann.Client.EmitAsync("say", i, "lobby");
    }

    [Test]
    public async Task Repeats_emits_until_answered()
    {
        ClientProbe ann = await InLobbyAsync("ann");
        ChannelReader<MessageQueue.Client.ReceivedEvent<int>> received = ann.Collect<int>("say");

        // The server stores it, and the answer gets lost.
        Proxy.CutAfter(1);
        Task<long> emitting = ann.Client.EmitAsync("say", 1, "lobby");
        await ann.UntilAsync(ClientStatus.Open);
        long number = await emitting.OrTimeout();

        (await received.ReadAsync().OrTimeout()).Number.Should().Be(number);
        (await ann.Client.EmitAsync("say", 2, "lobby").OrTimeout()).Should().BeGreaterThan(number);
        (await received.ReadAsync().OrTimeout()).Data.Should().Be(2, "the first was stored once");
    }

    [Test]
    public async Task Refused_emit_fails()
    {
        ClientProbe ann = await OpenAsync("ann");

        (await RefusalAsync(ann.Client.EmitAsync("say", 1, "forbidden"))).Code.Should().Be("forbidden");
        ClientNotice notice = await ann.NoticeAsync(ClientNoticeKind.Refused);
        (notice.Event, notice.Code).Should().Be(("say", "forbidden"));

        (await RefusalAsync(ann.Client.EmitAsync("say", new string('x', 5000), "lobby"))).Code.Should().Be("too_large");
        ann.Client.State.Status.Should().Be(ClientStatus.Open, "it was not sent");
        ann.Client.Unanswered.Should().Be(0);
    }

    [Test]
    public async Task Repeats_what_is_refused_for_now()
    {
        await using ScriptedServer server = new();
        Proxy.PointTo(server.Url);
        ClientProbe ann = Create("ann");
        _ = ann.Client.ConnectAsync();
        EventClient peer = await server.WelcomeAsync();
        Task<long> first = ann.Client.EmitAsync("say", 1, "lobby");
        string id = await ReferenceAsync(peer);

        await peer.SendAsync(new { type = "error", code = "unavailable", message = "the disk is full", @ref = id });
        (await ReferenceAsync(peer)).Should().Be(id);
        Task<long> second = ann.Client.EmitAsync("say", 2, "lobby");
        await peer.SendAsync(new { type = "error", code = "rate_limited", message = "too many", @ref = id });
        string[] ids = [await ReferenceAsync(peer), await ReferenceAsync(peer)];

        // The second may have been on its way when the first was refused.
        foreach (string one in ids.Distinct())
        {
            await peer.SendAsync(new { type = "ack", @ref = one, id = one == id ? 7 : 8 });
        }

        (await first.OrTimeout()).Should().Be(7);
        (await second.OrTimeout()).Should().Be(8);
    }

    [Test]
    public async Task Outbox_is_bounded()
    {
        Proxy.Refuses = true;
        ClientProbe ann = Create("ann", options => options.OutboxLimit = 3);
        Task<long>[] waiting = [.. Enumerable.Range(0, 3).Select(i => ann.Client.EmitAsync("say", i, "lobby"))];

        MessageQueueClientException refusal = await RefusalAsync(ann.Client.EmitAsync("say", 3, "lobby"));

        (refusal.Code, refusal.IsTransient).Should().Be(("outbox_full", true));
        (await ann.NoticeAsync(ClientNoticeKind.OutboxFull)).Event.Should().Be("say");
        ClientProbe bob = Create("bob", options => options.OutboxBytes = 1000);
        (await RefusalAsync(bob.Client.EmitAsync("say", new string('x', 1000), "lobby"))).Code.Should().Be("outbox_full");
        Proxy.Refuses = false;
        await ann.OpenAsync();
        await Task.WhenAll(waiting).OrTimeout();
        (await ann.Client.EmitAsync("say", 3, "lobby").OrTimeout()).Should().BePositive();
    }

    [Test]
    public async Task Volatile_emits()
    {
        EmitSettings settings = new() { To = ["lobby"], Volatile = true };
        ClientProbe ann = Create("ann", options => options.Rooms = ["lobby"]);
        ChannelReader<MessageQueue.Client.ReceivedEvent<int>> received = ann.Collect<int>("say");
        (await RefusalAsync(ann.Client.EmitAsync("say", 1, settings))).Code.Should().Be("not_connected");

        await ann.OpenAsync();
        (await ann.Client.EmitAsync("say", 2, settings).OrTimeout()).Should().Be(0);
        MessageQueue.Client.ReceivedEvent<int> one = await received.ReadAsync().OrTimeout();
        (one.Number, one.Data).Should().Be((null, 2));

        Proxy.CutAfter(1);
        (await RefusalAsync(ann.Client.EmitAsync("say", 3, settings))).Code.Should().Be("not_connected");
    }

    [Test]
    public async Task Knows_what_waits()
    {
        Proxy.Refuses = true;
        ClientProbe ann = Create("ann");
        Channel<int> told = Channel.CreateUnbounded<int>();
        ann.Client.UnansweredChanged += count => told.Writer.TryWrite(count);

        Task emitting = ann.Client.EmitAsync("say", 1, "lobby");
        Task joining = ann.Client.JoinAsync("lobby");

        ann.Client.Unanswered.Should().Be(2);
        Proxy.Refuses = false;
        await ann.OpenAsync();
        await Task.WhenAll(emitting, joining).OrTimeout();
        ann.Client.Unanswered.Should().Be(0);
        (await told.Reader.ReadAllAsync().Take(4).ToListAsync().OrTimeout()).Should().Equal(1, 2, 1, 0);
    }

    [Test]
    public async Task An_emit_can_be_withdrawn_before_it_is_sent()
    {
        Proxy.Refuses = true;
        ClientProbe ann = Create("ann", options => options.Rooms = ["lobby"]);
        ChannelReader<MessageQueue.Client.ReceivedEvent<int>> received = ann.Collect<int>("say");
        using CancellationTokenSource cancel = new();
        Task<long> withdrawn = ann.Client.EmitAsync("say", 1, "lobby", cancel.Token);
        Task<long> other = ann.Client.EmitAsync("say", 2, "lobby");

        await cancel.CancelAsync();

        await FluentActions.Awaiting(() => withdrawn).Should().ThrowAsync<OperationCanceledException>();
        Proxy.Refuses = false;
        await ann.OpenAsync();
        await other.OrTimeout();
        (await received.ReadAsync().OrTimeout()).Data.Should().Be(2);
    }

    private static async Task<string> ReferenceAsync(EventClient peer) => (await peer.NextAsync("emit")).GetProperty("id").GetString()!;

    private static async Task<MessageQueueClientException> RefusalAsync(Task emitting) =>
        (await FluentActions.Awaiting(() => emitting.OrTimeout()).Should().ThrowAsync<MessageQueueClientException>()).Which;

    // The server remembers a limited number of references, so only some are on their way at once.
    private async Task CheckOnTheirWayAsync()
    {
        await using ScriptedServer server = new();
        Proxy.PointTo(server.Url);
        ClientProbe bob = Create("bob");
        _ = bob.Client.ConnectAsync();
        EventClient peer = await server.WelcomeAsync();
        Task<long>[] emits = [.. Enumerable.Range(0, 257).Select(i => bob.Client.EmitAsync("say", i, "lobby"))];
        List<JsonElement> sent = [];
        while (sent.Count < 256)
        {
            sent.Add(await peer.NextAsync("emit"));
        }

        peer.Frames("emit").TryRead(out _).Should().BeFalse();
        await peer.SendAsync(new { type = "ack", @ref = sent[0].GetProperty("id").GetString(), id = 1 });
        (await peer.NextAsync("emit")).GetProperty("data").GetInt32().Should().Be(256);
        await bob.DisposeAsync();
        await FluentActions.Awaiting(() => emits[^1]).Should().ThrowAsync<MessageQueueClientException>();
    }
}

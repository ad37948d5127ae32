using System.Collections.Concurrent;
using MessageQueue.Client;
using MessageQueue.Client.Connections;
using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;
using MessageQueue.Tests.Tokens;

namespace MessageQueue.Tests.Clients.DotNet;

/// <summary>The cases of docs/clients.md, section "Connection".</summary>
internal sealed class ConnectionTests : ClientFixture
{
    private string? _token = "secret";

    protected override void Configure(MessageQueueOptions options) =>
        options.AuthorizeConnect = request => ValueTask.FromResult(request.Session != "guarded" || request.Token == _token);

    [Test]
    public async Task Connects_at_once_in_background()
    {
        Proxy.Refuses = true;
        ClientProbe ann = Create("ann", options => options.Rooms = ["lobby"]);
        System.Threading.Channels.ChannelReader<ReceivedEvent<int>> received = ann.Collect<int>("say");

        Task connecting = ann.Client.ConnectAsync();
        Task<long> emitting = ann.Client.EmitAsync("say", 1, "lobby");
        await ann.UntilAsync(ClientStatus.Waiting);

        connecting.IsCompleted.Should().BeFalse();
        Proxy.Refuses = false;
        await connecting.OrTimeout();
        (await emitting.OrTimeout()).Should().BePositive();
        (await received.ReadAsync().OrTimeout()).Data.Should().Be(1);
    }

    [Test]
    public async Task States_are_told()
    {
        ClientProbe ann = Create("ann");
        ann.Client.State.Status.Should().Be(ClientStatus.Idle);

        await ann.Client.ConnectAsync().OrTimeout();
        (await ann.UntilAsync(ClientStatus.Connecting)).Reason.Should().BeNull();
        await ann.UntilAsync(ClientStatus.Open);
        Proxy.Refuses = true;
        Proxy.Cut();

        ClientState waiting = await ann.UntilAsync(ClientStatus.Waiting);
        waiting.Reason.Should().NotBeNullOrEmpty();
        waiting.Until.Should().BeCloseTo(DateTimeOffset.UtcNow, TimeSpan.FromMinutes(1));
        await ann.DisposeAsync();
        ann.Client.State.Should().Be(new ClientState(ClientStatus.Closed, "closed by the app"));
    }

    [Test]
    public async Task Backs_off_with_full_jitter()
    {
        BackOff longest = new(TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(30), () => 1);
        BackOff shortest = new(TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(30), () => 0);

        Enumerable.Range(0, 9).Select(_ => longest.Next().TotalSeconds).Should().Equal(0.5, 1, 2, 4, 8, 16, 30, 30, 30);
        shortest.Next().Should().Be(TimeSpan.Zero);
        longest.Reset();
        longest.Next(isOverload: true).TotalSeconds.Should().Be(4);
        await CheckWaitsAsync();
    }

    [Test]
    public async Task Returns_at_once_when_network_returns()
    {
        ManualTimeProvider clock = new();
        ClientProbe ann = await OpenAsync("ann", options =>
        {
            options.TimeProvider = clock;
            options.BackOffBase = options.BackOffCap = TimeSpan.FromHours(1);
            options.Random = () => 1;
        });
        Proxy.Cut();
        await ann.UntilAsync(ClientStatus.Waiting);

        ann.Client.OnNetworkChanged(isAvailable: true);
        await ann.UntilAsync(ClientStatus.Open);

        // An open connection that does not live any more is noticed after the time for an answer.
        Proxy.HalfOpen();
        ann.Client.OnNetworkChanged(isAvailable: true);
        await clock.AdvanceUntilAsync(() => ann.Client.State.Status == ClientStatus.Waiting, TimeSpan.FromSeconds(1));
        ann.Client.State.Reason.Should().Contain("did not answer a ping");
    }

    [Test]
    public async Task Stays_closed_after_1008_4001_4002()
    {
        ClientProbe guarded = Create("guarded");
        (await FluentActions.Awaiting(() => guarded.Client.ConnectAsync().OrTimeout()).Should().ThrowAsync<MessageQueueClientException>())
            .Which.Code.Should().Be("closed");
        guarded.Client.State.CloseCode.Should().Be(1008);
        int accepted = Proxy.Accepted;

        ClientProbe first = await OpenAsync("ann");
        await OpenAsync("ann");
        (await first.UntilAsync(ClientStatus.Closed)).CloseCode.Should().Be(4001);
        ClientProbe ended = await OpenAsync("bob");
        await (await Server.Server.Of("/").FindSessionAsync("bob"))!.EndAsync();
        (await ended.UntilAsync(ClientStatus.Closed)).CloseCode.Should().Be(4002);
        Proxy.Accepted.Should().Be(accepted + 3);

        // The app can tell it to connect again.
        await ended.Client.ConnectAsync().OrTimeout();
        ended.Client.State.Status.Should().Be(ClientStatus.Open);
    }

    [Test]
    public async Task Notices_a_dead_connection()
    {
        ManualTimeProvider clock = new();
        ClientProbe ann = await OpenAsync("ann", options => options.TimeProvider = clock);
        Proxy.HalfOpen();
        DateTimeOffset start = clock.GetUtcNow();

        await clock.AdvanceUntilAsync(() => ann.Client.State.Status != ClientStatus.Open, TimeSpan.FromSeconds(1));

        (clock.GetUtcNow() - start).Should().BeGreaterThanOrEqualTo(TimeSpan.FromSeconds(35));
        await clock.AdvanceUntilAsync(() => ann.Client.State.Status == ClientStatus.Open, TimeSpan.FromMilliseconds(10));

        // An attempt without a welcome fails too.
        await using ScriptedServer silent = new();
        Proxy.PointTo(silent.Url);
        Proxy.Cut();
        await clock.AdvanceUntilAsync(() => ann.Client.State.Reason?.Contains("no welcome") == true, TimeSpan.FromMilliseconds(500));
    }

    [Test]
    public async Task One_connection_per_client()
    {
        ClientProbe ann = await OpenAsync("ann");

        await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => ann.Client.ConnectAsync())).OrTimeout();
        Proxy.Accepted.Should().Be(1);
        Proxy.HalfOpen();
        Proxy.Cut();
        await ann.UntilAsync(ClientStatus.Open);

        (await ann.Client.EmitAsync("say", 1, "*").OrTimeout()).Should().BePositive();
        Proxy.Accepted.Should().Be(2);
    }

    [Test]
    public async Task Asks_for_token_at_every_connect()
    {
        ConcurrentQueue<string?> asked = new();
        ClientProbe ann = await OpenAsync("guarded", options => options.Token = _ =>
        {
            asked.Enqueue(_token);
            return asked.Count == 2 ? throw new InvalidOperationException("no token today") : ValueTask.FromResult(_token);
        });
        _token = "another";
        Proxy.Cut();

        (await ann.UntilAsync(ClientStatus.Waiting)).Reason.Should().NotContain("token");
        (await ann.UntilAsync(ClientStatus.Waiting)).Reason.Should().Contain("no token today");
        await ann.UntilAsync(ClientStatus.Open);
        asked.Should().Equal("secret", "another", "another");
    }

    [Test]
    public async Task Renews_token_before_it_expires()
    {
        ManualTimeProvider clock = new();
        await using TestServer server = await TokenServer.StartAsync(clock);
        ConcurrentQueue<string?> tokens = new(
        [
            TokenServer.Token(new { join = "a" }, seconds: 100), TokenServer.Token(new { join = new[] { "a", "b" } }, seconds: 200),
            null, TokenServer.Token(seconds: 500),
        ]);
        ClientProbe ann = await OpenAsync("ann", options =>
        {
            options.Url = server.Url;
            options.Rooms = ["a"];
            options.Token = _ => tokens.TryDequeue(out string? token) && token is not null
                ? ValueTask.FromResult<string?>(token)
                : throw new InvalidOperationException("no token today");
        });

        clock.Advance(TimeSpan.FromSeconds(70));
        // The new token is on its way; each attempt is a round trip.
        int attempts = 0;
        while (!await MayJoinAsync(ann, "b"))
        {
            (++attempts).Should().BeLessThan(1000);
        }

        clock.Advance(TimeSpan.FromSeconds(100));
        (await ann.NoticeAsync(ClientNoticeKind.TokenFailed)).Message.Should().Contain("no token today");
        clock.Advance(TimeSpan.FromSeconds(60));

        (await ann.UntilAsync(ClientStatus.Waiting)).CloseCode.Should().Be(4003);
        await ann.UntilAsync(ClientStatus.Open);
    }

    private static async Task<bool> MayJoinAsync(ClientProbe client, string room)
    {
        try
        {
            await client.Client.JoinAsync(room).OrTimeout();
            return true;
        }
        catch (MessageQueueClientException exception) when (exception.Code == "forbidden")
        {
            return false;
        }
    }

    // The waits of a client that has no server are those of the back-off, and begin again after a connection that lasted.
    private async Task CheckWaitsAsync()
    {
        ManualTimeProvider clock = new();
        ClientProbe ann = Create("ann", options =>
        {
            options.TimeProvider = clock;
            options.BackOffBase = TimeSpan.FromSeconds(0.5);
            options.BackOffCap = TimeSpan.FromSeconds(30);
            options.Random = () => 1;
        });
        Proxy.Refuses = true;
        _ = ann.Client.ConnectAsync();
        List<double> waits = [];
        for (int i = 0; i < 4; i++)
        {
            waits.Add(await WaitAsync());
            clock.Advance(TimeSpan.FromSeconds(waits[^1]));
        }

        waits.Should().Equal(0.5, 1, 2, 4);
        waits.Add(await WaitAsync());
        Proxy.Refuses = false;
        clock.Advance(TimeSpan.FromSeconds(8));
        await ann.UntilAsync(ClientStatus.Open);
        clock.Advance(TimeSpan.FromSeconds(10));
        Proxy.Cut();
        (await WaitAsync()).Should().Be(0.5);

        async Task<double> WaitAsync() => ((await ann.UntilAsync(ClientStatus.Waiting)).Until! - clock.GetUtcNow()).Value.TotalSeconds;
    }
}

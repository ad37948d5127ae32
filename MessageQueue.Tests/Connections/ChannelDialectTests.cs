using MessageQueue.Delivery;
using MessageQueue.Pipeline;
using MessageQueue.State;
using MessageQueue.Storage;
using MessageQueue.Tests.Infrastructure;
using MessageQueue.Tests.Pipeline;

namespace MessageQueue.Tests.Connections;

/// <summary>
/// The interfaces for dialects can carry one that is very different from the JSON protocol: binary, with several sessions on one socket.
/// </summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class ChannelDialectTests : IAsyncDisposable
{
    private const byte One = 1;
    private const byte Two = 2;

    private readonly BrokerHarness _harness = new(new InMemoryEventLog());

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    [Test]
    public async Task Two_sessions_of_different_namespaces_share_a_socket()
    {
        await using ChannelServer server = await ChannelServer.StartAsync(_harness);
        await using ChannelClient client = await ChannelClient.ConnectAsync(server);
        await client.OpenAsync(One, "/", "alice", "lobby");
        await client.OpenAsync(Two, "/chat", "bob", "lobby");

        long first = await client.EmitAsync(One, "lobby", "1");
        long second = await client.EmitAsync(Two, "lobby", "2");

        (await client.NextEventAsync(One)).Should().Be((first, false, "1"));
        (await client.NextEventAsync(Two)).Should().Be((second, false, "2"));
    }

    [Test]
    public async Task What_is_acknowledged_does_not_come_again_and_what_is_not_does()
    {
        await using ChannelServer server = await ChannelServer.StartAsync(_harness);
        long unacknowledged;
        await using (ChannelClient client = await ChannelClient.ConnectAsync(server))
        {
            await client.OpenAsync(One, "/", "alice", "lobby");
            long acknowledged = await client.EmitAsync(One, "lobby", "1");
            unacknowledged = await client.EmitAsync(One, "lobby", "2");
            await client.NextEventAsync(One);
            await client.NextEventAsync(One);
            await client.AcknowledgeAsync(One, acknowledged);
            await client.PingAsync(One);
            await client.CloseAsync();
        }

        await using ChannelClient again = await ChannelClient.ConnectAsync(server);
        (await again.OpenAsync(One, "/", "alice", "lobby")).Should().Be((true, 1L));
        (await again.NextEventAsync(One)).Should().Be((unacknowledged, true, "2"));
    }

    [Test]
    public async Task An_event_is_encoded_once_for_all_receivers_of_a_dialect()
    {
        await using ChannelServer server = await ChannelServer.StartAsync(_harness);
        await using ChannelClient client = await OpenBothAsync(server);
        (_, FakeOutput toCarol) = await _harness.ConnectAsync("carol", "lobby");

        long number = await client.EmitAsync(One, "lobby", "1");

        (await client.NextEventAsync(One)).Number.Should().Be(number);
        (await client.NextEventAsync(Two)).Number.Should().Be(number);
        (await toCarol.NextAsync("event")).GetProperty("id").GetInt64().Should().Be(number);
        server.Dialect.Events.Built.Should().Be(1);
    }

    [Test]
    public async Task A_full_output_holds_back_all_channels_and_drains_for_all()
    {
        await using ChannelServer server = await ChannelServer.StartAsync(_harness, maxOutboundBytes: 256 << 10);
        await using ChannelClient client = await OpenBothAsync(server);
        await using ChannelClient sender = await ChannelClient.ConnectAsync(server);
        await sender.OpenAsync(One, "/", "carol", "elsewhere");
        string data = $"\"{new string('x', 100_000)}\"";

        List<long> sent = [];
        while (!await _harness.Broker.AskAsync(state => ConnectionsOf(state, "alice", "bob").All(window => window.IsBlocked)).OrTimeout())
        {
            sent.Add(await sender.EmitAsync(One, "lobby", data));
            sent.Count.Should().BeLessThan(900, "a window has more room than a socket");
        }

        foreach (long number in sent)
        {
            (await client.NextEventAsync(One)).Number.Should().Be(number);
            (await client.NextEventAsync(Two)).Number.Should().Be(number);
        }
    }

    [Test]
    public async Task A_channel_that_is_taken_over_leaves_the_others_of_its_socket()
    {
        await using ChannelServer server = await ChannelServer.StartAsync(_harness);
        await using ChannelClient client = await OpenBothAsync(server);
        await using ChannelClient other = await ChannelClient.ConnectAsync(server);

        await other.OpenAsync(One, "/", "alice", "lobby");

        (await client.CloseCodeAsync(One)).Should().Be(4001);
        long number = await client.EmitAsync(Two, "lobby", "1");
        (await client.NextEventAsync(Two)).Number.Should().Be(number);
        (await other.NextEventAsync(One)).Number.Should().Be(number);
    }

    [Test]
    public async Task A_channel_that_the_client_closes_leaves_its_session_and_the_others_go_on()
    {
        await using ChannelServer server = await ChannelServer.StartAsync(_harness);
        await using ChannelClient client = await OpenBothAsync(server);

        await client.SendAsync(One, 'C', []);

        (await client.CloseCodeAsync(One)).Should().Be(1000);
        long number = await client.EmitAsync(Two, "lobby", "1");
        (await client.NextEventAsync(Two)).Number.Should().Be(number);
        (await IsConnectedAsync("alice")).Should().BeFalse();
        (await IsConnectedAsync("bob")).Should().BeTrue();
        (await client.OpenAsync(One, "/", "alice", "lobby"))
            .Should().Be((true, 1L), "a channel can be opened again, and the events that its session missed are pending");
    }

    [Test]
    public async Task The_end_of_the_socket_ends_all_channels()
    {
        await using ChannelServer server = await ChannelServer.StartAsync(_harness);
        await using ChannelClient client = await OpenBothAsync(server);
        ChannelSocket socket = await server.AcceptedAsync();

        await client.CloseAsync();

        await socket.Over.Task.OrTimeout();
        (await IsConnectedAsync("alice")).Should().BeFalse();
        (await IsConnectedAsync("bob")).Should().BeFalse();
    }

    [Test]
    public async Task What_cannot_be_read_is_refused_in_its_place_and_costs_nothing_else()
    {
        await using ChannelServer server = await ChannelServer.StartAsync(_harness);
        await using ChannelClient client = await ChannelClient.ConnectAsync(server);
        await client.OpenAsync(One, "/", "alice", "lobby");

        await client.SendAsync(One, '?', []);

        (await client.RefusedCodeAsync(One)).Should().Be("bad_message");
        await client.PingAsync(One);
    }

    [Test]
    public async Task References_that_only_pair_answers_with_requests_may_be_used_again()
    {
        await using ChannelServer server = await ChannelServer.StartAsync(_harness);
        await using ChannelClient client = await OpenBothAsync(server);

        long first = await client.EmitAsync(One, "lobby", "1");
        long second = await client.EmitAsync(One, "lobby", "2");

        second.Should().BeGreaterThan(first);
        (await client.NextEventAsync(Two)).Should().Be((first, false, "1"));
        (await client.NextEventAsync(Two)).Should().Be((second, false, "2"));
    }

    private static async Task<ChannelClient> OpenBothAsync(ChannelServer server)
    {
        ChannelClient client = await ChannelClient.ConnectAsync(server);
        await client.OpenAsync(One, "/", "alice", "lobby");
        await client.OpenAsync(Two, "/", "bob", "lobby");
        return client;
    }

    private Task<bool> IsConnectedAsync(string session) =>
        _harness.Broker.AskAsync(state => ConnectionsOf(state, session).Any()).OrTimeout();

    private IEnumerable<ConnectionWindow> ConnectionsOf(ServerState state, params string[] sessions) => state.Sessions.Values
        .Where(session => sessions.Contains(session.Name)).SelectMany(_harness.Broker.FanOut.ConnectionsOf);
}

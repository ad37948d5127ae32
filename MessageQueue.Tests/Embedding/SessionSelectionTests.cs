using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Embedding;

/// <summary>What server code does with all sessions that a broadcast is for.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class SessionSelectionTests
{
    [Test]
    public async Task A_selection_holds_each_session_once_connected_or_not_without_the_exceptions()
    {
        await using TestServer server = await TestServer.StartAsync();
        await using Party party = await Party.AtAsync(server);
        Namespace ns = party.Namespace;

        (await NamesAsync(ns.To("red"))).Should().Equal("ann", "bob", "carol");
        (await NamesAsync(ns.To("red", "blue"))).Should().Equal("ann", "bob", "carol", "dave");
        (await NamesAsync(ns.To("red").Except("blue"))).Should().Equal("ann", "bob");
        (await NamesAsync(ns.To("red").Except("blue", "@ann"))).Should().Equal("bob");
        (await NamesAsync(ns.To("red").Except(party.Ann))).Should().Equal("bob", "carol");
        (await NamesAsync(party.Ann.To("red"))).Should().Equal("bob", "carol");
        (await NamesAsync(ns.Except("red"))).Should().Equal("dave", "eve");
        (await NamesAsync(ns.To("@eve", "nobody-is-here"))).Should().Equal("eve");
        (await ns.SessionsAsync().OrTimeout()).Should().HaveCount(5);
        (await ns.SessionsAsync("red").OrTimeout()).Should().HaveCount(3);
        (await ns.SessionsAsync("@eve").OrTimeout()).Should().BeEmpty("that is no room");
        (await server.Server.Of("/other").SessionsAsync().OrTimeout()).Should().BeEmpty();
    }

    [Test]
    public async Task The_sessions_of_a_selection_join_and_leave_durably()
    {
        using TemporaryDirectory data = new();
        await using (TestServer server = await TestServer.StartAsync(data))
        {
            await using Party party = await Party.AtAsync(server);

            (await party.Namespace.To("red").Except("blue").JoinAsync("green").OrTimeout()).Should().Be(2);
            (await party.Namespace.To("blue").LeaveAsync("blue").OrTimeout()).Should().Be(2);
            (await party.Namespace.JoinAsync("all").OrTimeout()).Should().Be(5);
            (await party.Namespace.LeaveAsync("red").OrTimeout()).Should().Be(5);
        }

        await using TestServer again = await TestServer.StartAsync(data);
        Namespace ns = again.Server.Of("/");
        (await NamesAsync(ns.To("green"))).Should().Equal("ann", "bob");
        (await ns.CountAsync("blue").OrTimeout()).Should().Be(0);
        (await ns.CountAsync("red").OrTimeout()).Should().Be(0);
        (await ns.CountAsync("all").OrTimeout()).Should().Be(5);
    }

    [Test]
    public async Task Those_that_may_not_join_are_counted_and_the_others_have_joined()
    {
        await using TestServer server = await TestServer.StartAsync(options => options.MaxRoomsPerSession = 2);
        await using Party party = await Party.AtAsync(server);

        Func<Task> join = () => party.Namespace.To("red").JoinAsync("green").OrTimeout();

        (await join.Should().ThrowAsync<MessageQueueException>()).WithMessage("1 of 3*MaxRoomsPerSession*");
        (await NamesAsync(party.Namespace.To("green"))).Should().Equal("ann", "bob");
        Func<Task> invalid = () => party.Namespace.JoinAsync("@x");
        await invalid.Should().ThrowAsync<ArgumentException>();
    }

    [Test]
    public async Task The_connections_of_a_selection_are_closed_with_1008_and_its_sessions_stay()
    {
        await using TestServer server = await TestServer.StartAsync();
        await using Party party = await Party.AtAsync(server);

        (await party.Namespace.To("red").Except("blue").DisconnectAsync().OrTimeout()).Should().Be(2);

        (await party.Clients[0].CloseCodeAsync()).Should().Be(1008);
        (await party.Clients[1].CloseCodeAsync()).Should().Be(1008);
        await party.Clients[2].PingAsync();
        (await party.Namespace.CountAsync("red").OrTimeout()).Should().Be(3);
        (await party.Namespace.DisconnectAsync().OrTimeout()).Should().Be(2, "eve is away");
        (await party.Clients[3].CloseCodeAsync()).Should().Be(1008);
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task An_event_is_not_for_those_who_are_in_an_excepted_room_when_it_is_emitted(bool isVolatile)
    {
        await using TestServer server = await TestServer.StartAsync();
        await using Party party = await Party.AtAsync(server);
        Broadcast target = party.Namespace.To("red").Except("blue");

        long number = await (isVolatile ? target.Volatile : target).EmitAsync("news").OrTimeout();
        await party.Namespace.To("@carol").JoinAsync("later").OrTimeout();
        await party.Namespace.To("@carol").LeaveAsync("blue").OrTimeout();

        foreach (EventClient client in party.Clients[..2])
        {
            (await client.NextAsync("event")).GetProperty("event").GetString().Should().Be("news");
        }

        await party.Clients[2].ShouldHaveNoEventAsync();
        (number > 0).Should().Be(!isVolatile);
    }

    [Test]
    public async Task A_large_excepted_room_is_left_out_also_of_what_is_caught_up()
    {
        await using TestServer server = await TestServer.StartAsync();
        Namespace ns = server.Server.Of("/");
        for (int i = 0; i < 100; i++)
        {
            await using EventClient client = await server.ConnectAsync($"session=s{i}&room=all{(i % 2 == 0 ? "&room=even" : "")}");
        }

        await ns.To("all").Except("even").EmitAsync("odd").OrTimeout();

        for (int i = 0; i < 100; i++)
        {
            await using EventClient client = await server.ConnectAsync($"session=s{i}");
            client.Welcome.GetProperty("pending").GetInt32().Should().Be(i % 2, "this is session {0}", i);
        }
    }

    private static async Task<string[]> NamesAsync(Broadcast broadcast) =>
        [.. (await broadcast.SessionsAsync().OrTimeout()).Select(session => session.Name).Order(StringComparer.Ordinal)];

    /// <summary>Ann and Bob in red, Carol in both, Dave in blue; Eve is in no room and away.</summary>
    private sealed class Party : IAsyncDisposable
    {
        public required Namespace Namespace { get; init; }

        public required EventClient[] Clients { get; init; }

        public required Session Ann { get; init; }

        public static async Task<Party> AtAsync(TestServer server)
        {
            await using (await server.ConnectAsync("session=eve"))
            {
            }

            EventClient[] clients =
            [
                await server.ConnectAsync("session=ann&room=red"),
                await server.ConnectAsync("session=bob&room=red"),
                await server.ConnectAsync("session=carol&room=red&room=blue"),
                await server.ConnectAsync("session=dave&room=blue"),
            ];
            Namespace ns = server.Server.Of("/");
            return new Party { Namespace = ns, Clients = clients, Ann = (await ns.FindSessionAsync("ann").OrTimeout())! };
        }

        public async ValueTask DisposeAsync()
        {
            foreach (EventClient client in Clients)
            {
                await client.DisposeAsync();
            }
        }
    }
}

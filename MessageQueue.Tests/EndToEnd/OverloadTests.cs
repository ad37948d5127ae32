using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.EndToEnd;

/// <summary>
/// One client that asks for too much: only that client is slowed down, and the others are served as usual. The tests count, and measure
/// no times.
/// </summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class OverloadTests
{
    [Test]
    public async Task A_client_that_floods_takes_turns_with_the_others()
    {
        const int Flood = 20_000;
        await using TestServer server = await TestServer.StartAsync();
        await using EventClient flooder = await server.ConnectAsync("session=flooder");
        await using EventClient bob = await server.ConnectAsync("session=bob&room=lobby");
        Task flooding = Task.Run(async () =>
        {
            for (int i = 0; i < Flood; i++)
            {
                await flooder.SendAsync("""{"type":"emit","event":"e","to":"flood"}""");
            }
        });
        long first = (await flooder.NextAsync("ack")).Id();

        long mine = await bob.EmitAsync("lobby");
        (await bob.NextIdsAsync(1)).Should().Equal(mine);

        List<long> ids = [first];
        while (ids.Count < Flood)
        {
            ids.Add((await flooder.NextAsync("ack")).Id());
        }

        await flooding.OrTimeout();
        ids.Should().BeInAscendingOrder().And.OnlyHaveUniqueItems();
        mine.Should().BeLessThan(ids[^1], "nobody waits until a flood is over");
    }

    [Test]
    public async Task For_a_client_that_never_reads_only_its_output_and_socket_hold_events_and_the_rest_stays_in_the_log()
    {
        const int Count = 2_000;
        await using TestServer server = await TestServer.StartAsync(options =>
        {
            options.MaxOutboundBytes = 64 << 10;
            options.DefaultWindow = options.MaxWindow = 100_000;
        });
        await using RawWebSocket deaf = await RawWebSocket.ConnectAsync(
            new Uri(server.Url + "/?session=deaf&room=lobby"), receiveBufferBytes: 4096);
        await using EventClient bob = await server.ConnectAsync("session=bob&room=lobby");
        await using EventClient alice = await server.ConnectAsync("session=alice");
        object message = new { type = "emit", @event = "e", to = "lobby", data = new string('x', 10_000) };
        for (int i = 0; i < Count; i++)
        {
            await alice.SendAsync(message);
        }

        List<long> ids = await bob.NextIdsAsync(Count);

        // The events that were sent to the deaf client come again, marked as redelivered. A socket alone buffers several megabytes.
        await using EventClient back = await server.ConnectAsync("session=deaf");
        back.Welcome.GetProperty("pending").GetInt32().Should().Be(Count);
        int handed = 0;
        for (int i = 0; i < Count; i++)
        {
            JsonElement frame = await back.NextAsync("event");
            frame.Id().Should().Be(ids[i]);
            handed += frame.Has("redelivered") ? 1 : 0;
        }

        handed.Should().BeInRange(1, Count / 2);
    }

    [Test]
    public async Task A_client_that_joins_10_000_rooms_gets_only_the_maximum()
    {
        const int Wanted = 10_000;
        await using TestServer server = await TestServer.StartAsync();
        await using EventClient greedy = await server.ConnectAsync("session=greedy");
        await using EventClient bob = await server.ConnectAsync("session=bob&room=lobby");
        for (int i = 0; i < Wanted; i++)
        {
            await greedy.SendAsync($$"""{"type":"join","room":"room-{{i}}"}""");
        }

        for (int i = 0; i < Wanted - 1_000; i++)
        {
            (await greedy.NextAsync("error")).GetProperty("code").GetString().Should().Be("forbidden");
        }

        await greedy.PingAsync();
        greedy.Frames("ack").Count.Should().Be(1_000);
        (await RoomsAsync(server)).Should().Be(1_001);
        long sent = await bob.EmitAsync(new[] { "room-999", "room-1000", "lobby" });
        (await bob.NextIdsAsync(1)).Should().Equal(sent);
        (await greedy.NextIdsAsync(1)).Should().Equal(sent);
        await greedy.SendAsync(new { type = "end" });
        (await greedy.CloseCodeAsync()).Should().Be(4002);
        await bob.PingAsync();
        (await RoomsAsync(server)).Should().Be(3, "only rooms with members or stored events are left");
    }

    [Test]
    public async Task A_thousand_clients_that_vanish_during_the_handshake_leave_nothing_behind()
    {
        await using TestServer server = await TestServer.StartAsync(options => options.MaxConnections = 1000);
        await using EventClient bob = await server.ConnectAsync("session=bob&room=lobby");
        Uri url = new(server.Url);
        byte[] half = Encoding.ASCII.GetBytes(
            "GET /?session=vanishing&room=lobby HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgr");
        Socket[] sockets = await Task.WhenAll(Enumerable.Range(0, 1000).Select(async _ =>
        {
            Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(url.Host, url.Port).OrTimeout();
            await socket.SendAsync(half).OrTimeout();
            return socket;
        }));

        long during = await bob.EmitAsync("lobby");
        (await bob.NextIdsAsync(1)).Should().Equal(during);
        await using EventClient alice = await server.ConnectAsync("session=alice&room=lobby");
        foreach (Socket socket in sockets)
        {
            // Ends with a reset, as when a client crashes.
            socket.Close(timeout: 0);
        }

        long after = await alice.EmitAsync("lobby");
        (await bob.NextIdsAsync(1)).Should().Equal(after);
        await using EventClient vanishing = await server.ConnectAsync("session=vanishing");
        vanishing.Welcome.GetProperty("resumed").GetBoolean().Should().BeFalse("none of them got a session");
        server.Server.Core.ConnectionCount.Should().Be(3);
    }

    [Test]
    public async Task A_thousand_clients_that_vanish_after_connecting_are_forgotten_with_their_sessions()
    {
        ManualTimeProvider clock = new();
        await using TestServer server = await ClockServer.StartAsync(clock);
        await using EventClient bob = await server.ConnectAsync("session=bob&room=lobby");
        Uri url = new(server.Url);
        byte[] request = Encoding.ASCII.GetBytes(
            "GET /?room=lobby HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
        await Task.WhenAll(Enumerable.Range(0, 1000).Select(async _ =>
        {
            using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(url.Host, url.Port).OrTimeout();
            await socket.SendAsync(request).OrTimeout();
            (await socket.ReceiveAsync(new byte[1]).OrTimeout()).Should().Be(1);
            socket.Close(timeout: 0);
        }));

        // Each connection ends when the server has seen its reset. Meanwhile bob is served.
        for (int i = 0; i < 10_000 && server.Server.Core.ConnectionCount > 1; i++)
        {
            await bob.PingAsync();
        }

        server.Server.Core.ConnectionCount.Should().Be(1);
        await bob.PingAsync();
        clock.Advance(TimeSpan.FromSeconds(122));
        await bob.PingAsync();
        await bob.PingAsync();
        (await SessionsAsync(server)).Should().Be(1);
        long sent = await bob.EmitAsync("lobby");
        (await bob.NextIdsAsync(1)).Should().Equal(sent);
    }

    [Test]
    public async Task A_frame_that_arrives_one_byte_a_second_delays_no_other_client()
    {
        ManualTimeProvider clock = new();
        await using TestServer server = await TestServer.StartAsync(options => options.TimeProvider = clock);
        await using RawWebSocket slow = await RawWebSocket.ConnectAsync(new Uri(server.Url + "/?session=slow"));
        await using EventClient bob = await server.ConnectAsync("session=bob&room=lobby");
        byte[] frame = RawWebSocket.TextFrame($$"""{"type":"ping","id":"{{new string('s', 100)}}"}""");
        frame.Length.Should().BeGreaterThan(45 + 25, "sending it takes longer than any allowed pause");

        foreach (byte value in frame)
        {
            await slow.SendAsync(new[] { value });
            long sent = await bob.EmitAsync("lobby");
            (await bob.NextIdsAsync(1)).Should().Equal(sent);
            clock.Advance(TimeSpan.FromSeconds(1));
        }

        RawFrame? answer = await slow.ReadAsync();
        while (answer is not null && !(answer.Opcode == RawWebSocket.Text && answer.Text.Contains("\"pong\"")))
        {
            answer = await slow.ReadAsync();
        }

        answer.Should().NotBeNull();
    }

    [Test]
    public async Task A_hundred_clients_that_announce_a_gigabyte_are_closed_before_they_have_sent_it()
    {
        await using TestServer server = await TestServer.StartAsync();
        await using EventClient bob = await server.ConnectAsync("session=bob&room=lobby");
        RawWebSocket[] large = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => RawWebSocket.ConnectAsync(new Uri(server.Url))));

        foreach (RawWebSocket socket in large)
        {
            await socket.SendAsync(RawWebSocket.Frame(RawWebSocket.Text, new byte[100], announced: 1 << 30));
        }

        long sent = await bob.EmitAsync("lobby");
        (await bob.NextIdsAsync(1)).Should().Equal(sent);
        foreach (RawWebSocket socket in large)
        {
            (await socket.ReadCloseAsync()).CloseCode.Should().Be(1009);
            await socket.DisposeAsync();
        }
    }

    private static Task<int> RoomsAsync(TestServer server) => server.AskAsync(state => state.Namespaces["/"].Rooms.Count);

    private static Task<int> SessionsAsync(TestServer server) => server.AskAsync(state => state.Sessions.Count);
}

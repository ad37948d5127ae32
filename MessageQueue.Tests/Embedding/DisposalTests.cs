using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Embedding;

internal sealed class DisposalTests
{
    [Test]
    public async Task Disposing_closes_a_thousand_clients_and_calls_all_their_disconnect_handlers()
    {
        const int Clients = 1000;
        int disconnected = 0;
        TestServer server = await TestServer.HandlingAsync(mq => mq.Of("/").OnDisconnect((session, reason) =>
        {
            reason.Should().Be(DisconnectReason.ServerStopping);
            Interlocked.Increment(ref disconnected);
            return Task.CompletedTask;
        }));
        List<EventClient> clients = [];
        foreach (int[] batch in Enumerable.Range(0, Clients).Chunk(50))
        {
            clients.AddRange(await Task.WhenAll(batch.Select(i => server.ConnectAsync($"session=client{i}&room=lobby"))));
        }

        Task<long> emitted = server.Server.Of("/").To("lobby").EmitAsync("last");
        await emitted.OrTimeout();

        await server.DisposeAsync();

        foreach (EventClient client in clients)
        {
            (await client.CloseCodeAsync()).Should().Be(1001);
            client.Frames("event").TryRead(out _).Should().BeTrue("it was sent before the close");
            await client.DisposeAsync();
        }

        disconnected.Should().Be(Clients);
    }

    [Test]
    public async Task An_emit_while_the_server_stops_either_succeeds_or_throws()
    {
        TestServer server = await TestServer.StartAsync();
        Namespace ns = server.Server.Of("/");
        Task[] emitting = [.. Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            while (true)
            {
                await ns.EmitAsync("e");
            }
        }))];

        await server.DisposeAsync();

        foreach (Task task in emitting)
        {
            await FluentActions.Awaiting(() => task.OrTimeout()).Should().ThrowAsync<ServerStoppedException>();
        }
    }

    [Test]
    public async Task A_cancelled_start_releases_what_it_took()
    {
        using TemporaryDirectory data = new();
        MessageQueueOptions options = new() { Url = "http://127.0.0.1:0", DataDirectory = data.FullName };

        await FluentActions.Awaiting(
            () => MessageQueueServer.StartAsync(options, cancellationToken: new CancellationToken(true)).OrTimeout())
            .Should().ThrowAsync<OperationCanceledException>();

        await using MessageQueueServer again = await MessageQueueServer.StartAsync(options).OrTimeout();
        await again.StopAsync().OrTimeout();
    }
}

using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.EndToEnd;

/// <summary>
/// What the server adds to a message of the largest allowed size must fit into the log as well, because a record that does not fit
/// stops the server.
/// </summary>
[Parallelizable(ParallelScope.All)]
internal sealed class LargeRecordTests
{
    private const int MaxMessageBytes = 256 << 10;

    private static readonly string Largest = $"\"{new string('x', MaxMessageBytes - 2)}\"";

    [Test]
    public async Task A_body_as_large_as_allowed_is_published_to_as_many_rooms_as_a_request_holds()
    {
        using TemporaryDirectory data = new();
        await using TestServer server = await StartAsync(data);
        string to = string.Join('&', Enumerable.Range(0, 55).Select(i => $"to={i:000}{new string('r', 125)}"));

        HttpReply reply = await HttpReply.PostAsync($"{server.Url}/?event=e&{to}", Largest);

        reply.ShouldBeAck();
    }

    [Test]
    public async Task An_event_as_large_as_allowed_becomes_a_dead_letter_beside_a_thousand_others()
    {
        using TemporaryDirectory data = new();
        await using TestServer server = await StartAsync(data, options =>
        {
            options.MaxDeliveries = 1;
            options.MaxOutboundBytes = 16 << 20;
        });
        await using EventClient bob = await server.ConnectAsync("session=bob&room=lobby&room=dead:bob");
        await bob.EmitManyAsync("lobby", 1000);
        await bob.NextIdsAsync(1000);
        (await HttpReply.PostAsync($"{server.Url}/?event=e&to=lobby", Largest)).ShouldBeAck();
        long large = (await bob.NextIdsAsync(1))[0];

        await bob.SendAsync(new { type = "nack", id = large });

        (await bob.NextAsync("event")).GetProperty("data").GetProperty("id").GetInt64().Should().Be(large);
    }

    [Test]
    public async Task Acknowledgements_out_of_order_of_many_sessions_at_once_are_stored()
    {
        using TemporaryDirectory data = new();
        ManualTimeProvider clock = new();
        await using TestServer server = await StartAsync(data, options =>
        {
            options.TimeProvider = clock;
            options.PingInterval = TimeSpan.FromDays(10);
            options.IdleTimeout = TimeSpan.FromDays(11);
        });
        List<EventClient> clients = [];
        for (int i = 0; i < 34; i++)
        {
            clients.Add(await server.ConnectAsync($"session=s{i}&room=lobby&window=1024"));
        }

        long[] ids = await clients[0].EmitManyAsync("lobby", 1020);
        foreach (EventClient client in clients)
        {
            await client.NextIdsAsync(ids.Length);
            await client.SendAsync(new { type = "ack", id = ids[^1] });
            await client.PingAsync();
        }

        clock.Advance(TimeSpan.FromMilliseconds(100));
        await clients[0].PingAsync();
        await clients[0].EmitAsync("nobody");
        foreach (EventClient client in clients)
        {
            await client.DisposeAsync();
        }
    }

    [Test]
    public async Task An_emit_of_the_app_to_more_rooms_than_the_log_takes_is_refused_and_the_server_continues()
    {
        using TemporaryDirectory data = new();
        await using TestServer server = await StartAsync(data);
        string[] rooms = [.. Enumerable.Range(0, 5000).Select(i => $"{i:0000}{new string('r', 124)}")];

        await server.Server.Of("/").Invoking(ns => ns.To(rooms).EmitAsync("e")).Should().ThrowAsync<ArgumentException>();

        await server.Server.Of("/").To("room").EmitAsync("e").OrTimeout();
    }

    private static Task<TestServer> StartAsync(
        TemporaryDirectory data, Action<MessageQueueOptions>? configure = null) => TestServer.StartAsync(data, options =>
    {
        options.SegmentBytes = 4 * MaxMessageBytes;
        options.MaxMessageBytes = MaxMessageBytes;
        configure?.Invoke(options);
    });
}

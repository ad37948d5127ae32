using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Clients.JavaScript;

/// <summary>
/// Two JavaScript clients, the real host, and a network that breaks again and again, while the host is killed. Everything arrives
/// once, and in order.
/// </summary>
internal sealed class SoakTests
{
    private static readonly TimeSpan BetweenFaults = TimeSpan.FromMilliseconds(150);

    [TestCase(2_000, 2)]
    [TestCase(20_000, 8, Explicit = true, Reason = "takes minutes")]
    public async Task Nothing_is_lost_repeated_or_out_of_order(int count, int kills)
    {
        Requires.NodeWebSocket();
        using TemporaryDirectory data = new();
        HostProcess host = await HostProcess.StartAsync(data.FullName);
        await using FaultProxy proxy = new(host.Url);
        await using NodeClient alice = await ConnectAsync(proxy, "alice");
        await using NodeClient bob = await ConnectAsync(proxy, "bob");
        using CancellationTokenSource stop = new();
        Task disturbing = proxy.DisturbAsync(seed: 11, BetweenFaults, FaultKinds.All, stop.Token);
        await alice.DoAsync("soak", new { count, to = "bob" });
        await bob.DoAsync("soak", new { count, to = "alice" });
        List<string> ofAlice = [];
        for (int i = 0; i < kills; i++)
        {
            ofAlice.AddRange(await alice.HandledAsync(count / (kills + 1)));
            await host.KillAsync();
            await host.DisposeAsync();
            host = await HostProcess.StartAsync(data.FullName);
            proxy.PointTo(host.Url);
        }

        string[] expected = [.. Enumerable.Range(0, count).Select(i => $"{i}")];
        ofAlice.AddRange(await alice.HandledAsync(count - ofAlice.Count));
        ofAlice.Should().Equal(expected);
        (await bob.HandledAsync(count)).Should().Equal(expected);
        await stop.CancelAsync();
        await disturbing;
        await alice.NextAsync("soaked");
        await bob.NextAsync("soaked");
        (await alice.SoFarAsync("handled")).Should().BeEmpty();
        (await bob.SoFarAsync("handled")).Should().BeEmpty();
        proxy.Faults.Should().BeGreaterThan(kills);
        await host.DisposeAsync();
    }

    private static Task<NodeClient> ConnectAsync(FaultProxy proxy, string name) => NodeClient.ConnectAsync(proxy.Url, new
    {
        session = name,
        rooms = new[] { name },
        retryDelay = 20,
        maxRetryDelay = 200,
        pingInterval = 300,
        pingTimeout = 500,
        connectTimeout = 1_000,
    });
}

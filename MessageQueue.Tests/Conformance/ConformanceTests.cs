using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Conformance;

/// <summary>RFC 6455 on bare sockets, against the whole server.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class ConformanceTests
{
    /// <summary>The default limit of a server.</summary>
    public const int MaxBytes = 1024 * 1024;

    private static IEnumerable<TestCaseData> Cases =>
        ConformanceTable.Cases.Select(conformanceCase => new TestCaseData(conformanceCase).SetArgDisplayNames(conformanceCase.ToString()));

    [TestCaseSource(nameof(Cases))]
    public async Task The_client_gets_what_RFC_6455_demands_and_other_clients_lose_nothing(ConformanceCase conformanceCase)
    {
        await using TestServer server = await TestServer.StartAsync();
        await using EventClient other = await server.ConnectAsync("session=other&room=lobby");
        await using RawWebSocket socket = await RawWebSocket.ConnectAsync(new Uri($"{server.Url}/?{Peer.Query}"));
        Peer peer = new(server, socket);
        await peer.ExpectAsync("welcome");
        long before = await other.EmitAsync("lobby");
        await peer.ExpectAsync("event");

        foreach (Step step in conformanceCase.Steps)
        {
            await step.RunAsync(peer);
        }

        await peer.FinishAsync();
        long after = await other.EmitAsync("lobby");
        (await other.NextIdsAsync(2)).Should().Equal([before, after], "another client is not affected");
        await using EventClient again = await server.ConnectAsync(Peer.Query);
        again.Welcome.GetProperty("resumed").GetBoolean().Should().BeTrue();
        (await again.NextIdsAsync(2)).Should().Equal([before, after], "the session lost nothing");
        await again.ShouldHaveNoEventAsync();
    }
}

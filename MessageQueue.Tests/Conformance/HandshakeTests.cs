using System.Globalization;
using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Conformance;

/// <summary>The handshake of RFC 6455 on bare sockets, against the whole server.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class HandshakeTests
{
    private const int SwitchingProtocols = 101;

    private static IEnumerable<TestCaseData> Cases =>
        HandshakeCases.All.Select(handshakeCase => new TestCaseData(handshakeCase).SetArgDisplayNames(handshakeCase.ToString()));

    [TestCaseSource(nameof(Cases))]
    public async Task A_handshake_is_accepted_or_refused_and_other_clients_lose_nothing(HandshakeCase handshakeCase)
    {
        await using TestServer server = await TestServer.StartAsync();
        await using EventClient other = await server.ConnectAsync("session=other&room=lobby");
        await using EventClient before = await server.ConnectAsync(Peer.Query);
        long sent = await other.EmitAsync("lobby");
        (await before.NextIdsAsync(1)).Should().Equal(sent);

        Uri url = new($"{server.Url}/?{Peer.Query}");
        await using RawWebSocket socket = await RawWebSocket.RequestAsync(url, handshakeCase.Request.ToText(url));

        string[] head = socket.Head.Split("\r\n");
        head[0].Split(' ')[1].Should().Be(handshakeCase.Status.ToString(CultureInfo.InvariantCulture));
        foreach (string header in handshakeCase.Headers)
        {
            ShouldHaveOrNot(head, header);
        }

        if (handshakeCase.Status == SwitchingProtocols)
        {
            Peer peer = new(server, socket);
            await peer.ExpectAsync("welcome");
            await peer.ExpectAsync("event");
            await peer.FinishAsync();
        }
        else
        {
            // A failed handshake does not take the session over.
            await before.PingAsync();
        }

        await other.PingAsync();
        await using EventClient again = await server.ConnectAsync(Peer.Query);
        (await again.NextIdsAsync(1)).Should().Equal([sent], "the session lost nothing");
    }

    private static void ShouldHaveOrNot(string[] head, string header)
    {
        if (header.Contains(':', StringComparison.Ordinal))
        {
            head.Should().Contain(header);
        }
        else
        {
            head.Should().NotContain(line => line.StartsWith(header + ":", StringComparison.OrdinalIgnoreCase));
        }
    }
}

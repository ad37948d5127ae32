using MessageQueue.Pipeline;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.EndToEnd;

/// <summary>
/// A server that fails reports it to every client. For the effect of a failing disk on the whole process, see
/// <see cref="Crash.FailedWriteTests"/>.
/// </summary>
[Parallelizable(ParallelScope.All)]
internal sealed class ServerFailureTests
{
    [Test]
    public async Task All_connections_are_closed_with_1011_when_the_server_fails()
    {
        await using TestServer server = await TestServer.StartAsync();
        server.ToleratesErrors = true;
        await using EventClient bob = await server.ConnectAsync("session=bob");
        await using EventClient alice = await server.ConnectAsync("session=alice");

        server.Server.Core.Broker.Post(ApplyInput.Call(_ => throw new InvalidOperationException("A fault of the test.")));

        (await bob.CloseCodeAsync()).Should().Be(1011);
        (await alice.CloseCodeAsync()).Should().Be(1011);
        await FluentActions.Awaiting(() => server.Server.Completion.OrTimeout()).Should().ThrowAsync<Exception>();
    }
}

using System.Diagnostics;
using MessageQueue.Pipeline;
using MessageQueue.State;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.EndToEnd;

/// <summary>Steps of tests that use the inside of a server.</summary>
internal static class ServerSteps
{
    /// <summary>Reads the state after everything that was applied before, and before anything that comes later.</summary>
    public static Task<T> AskAsync<T>(this TestServer server, Func<ServerState, T> question) =>
        server.Server.Core.Broker.AskAsync(question).OrTimeout();

    /// <summary>Waits until a session of the default namespace has this number of connections.</summary>
    public static async Task ShouldHaveConnectionsAsync(this TestServer server, string session, int count)
    {
        Broker broker = server.Server.Core.Broker;
        long start = Stopwatch.GetTimestamp();
        while (await server.AskAsync(state => broker.FanOut.ConnectionsOf(state.Namespaces["/"].Sessions[session]).Count) != count)
        {
            Stopwatch.GetElapsedTime(start).Should().BeLessThan(Timeouts.Limit);
            await Task.Yield();
        }
    }

    /// <summary>Makes a snapshot and drops what retention allows, immediately and not when it is due.</summary>
    public static async Task TrimAsync(this TestServer server)
    {
        // Acknowledgements reach the log a little later than they take effect, and trimming depends on the log.
        Broker broker = server.Server.Core.Broker;
        broker.Post(ApplyInput.WriteProgress);
        await server.AskAsync(state => state.Head);
        await using (EventClient after = await server.ConnectAsync())
        {
            await after.SendAsync(new { type = "end" });
        }

        await broker.Snapshots.RunAsync().OrTimeout();
    }
}

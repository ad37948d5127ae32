using MessageQueue.Pipeline;
using MessageQueue.State;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.EndToEnd;

/// <summary>What tests do with the inside of a server.</summary>
internal static class ServerSteps
{
    /// <summary>Asks the state, between what was applied before and what comes after.</summary>
    public static Task<T> AskAsync<T>(this TestServer server, Func<ServerState, T> question) => server.Server.Core.Broker.AskAsync(question).OrTimeout();

    /// <summary>Makes a snapshot and drops what may go, now and not when its time has come.</summary>
    public static async Task TrimAsync(this TestServer server)
    {
        // Acknowledgements reach the log a little later than they count: what is trimmed goes by the log.
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

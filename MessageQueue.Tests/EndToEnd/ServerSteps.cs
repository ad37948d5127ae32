using MessageQueue.Pipeline;
using MessageQueue.State;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.EndToEnd;

/// <summary>What tests do with the inside of a server.</summary>
internal static class ServerSteps
{
    /// <summary>Asks the state, between what was applied before and what comes after.</summary>
    public static async Task<T> AskAsync<T>(this TestServer server, Func<ServerState, T> question)
    {
        TaskCompletionSource<T> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Server.Core.Broker.Post(ApplyInput.Call(state => answer.SetResult(question(state))));
        return await answer.Task.OrTimeout();
    }

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

using MessageQueue.Routing;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.EndToEnd;

/// <summary>Retention when a test wants it, and not when its time has come.</summary>
internal static class RetentionSteps
{
    /// <summary>Makes a snapshot and drops what may go.</summary>
    public static async Task TrimAsync(this TestServer server)
    {
        // Acknowledgements reach the log a little later than they count: what is trimmed goes by the log.
        Broker broker = server.Server.Core.Broker;
        TaskCompletionSource sent = new(TaskCreationOptions.RunContinuationsAsynchronously);
        broker.Post(ApplyInput.WriteProgress);
        broker.Post(ApplyInput.Call(_ => sent.SetResult()));
        await sent.Task.OrTimeout();
        await using (EventClient after = await server.ConnectAsync())
        {
            await after.SendAsync(new { type = "end" });
        }

        await broker.Snapshots.RunAsync().OrTimeout();
    }
}

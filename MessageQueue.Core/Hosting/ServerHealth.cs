using MessageQueue.Pipeline;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace MessageQueue.Hosting;

/// <summary>The health of a server, for monitoring. Keep in sync with docs/operating.md.</summary>
/// <param name="Status">Unhealthy: events are refused. Degraded: events are accepted, but an operator has to act.</param>
/// <param name="Reason">The reason, in one line.</param>
internal readonly record struct ServerHealth(HealthStatus Status, string Reason)
{
    public static ServerHealth Of(ServerCore core) => core.Completion switch
    {
        { IsFaulted: true } => new(HealthStatus.Unhealthy, "failed: the server takes nothing more; start it again"),
        { IsCompleted: true } => new(HealthStatus.Unhealthy, "stopped"),
        _ => Of(core.Broker),
    };

    private static ServerHealth Of(Broker broker) =>
        !broker.HasRoom
        ? new(
            HealthStatus.Unhealthy, "disk full: events are refused until there is room; known sessions still get and acknowledge theirs")
        : broker.DamagedExtents is > 0 and int damaged
        ? new(
            HealthStatus.Degraded,
            $"damaged: {damaged} {(damaged == 1 ? "file" : "files")} of the log; see event 211 in the server's log")
        : new(HealthStatus.Healthy, "ok");
}

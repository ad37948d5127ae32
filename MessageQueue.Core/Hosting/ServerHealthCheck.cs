using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace MessageQueue.Hosting;

/// <summary>Reports the health of a server: healthy while it accepts events and knows of no damage in its log.</summary>
internal sealed class ServerHealthCheck(MessageQueueServer server) : IHealthCheck
{
    /// <inheritdoc />
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (server.StartedCore is not { } core)
        {
            return Task.FromResult(new HealthCheckResult(context.Registration.FailureStatus, "The server has not started."));
        }

        ServerHealth health = ServerHealth.Of(core);
        HealthStatus status = health.Status == HealthStatus.Unhealthy ? context.Registration.FailureStatus : health.Status;
        Dictionary<string, object> data = new() { ["connections"] = server.ConnectionCount };
        return Task.FromResult(new HealthCheckResult(
            status, health.Status == HealthStatus.Healthy ? null : health.Reason, core.Completion.Exception?.InnerException, data));
    }
}

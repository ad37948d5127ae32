using MessageQueue.Client;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Says how a client is connected.</summary>
internal sealed class ClientHealthCheck(MessageQueueClient client) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        ClientState state = client.State;
        Dictionary<string, object> data = new() { ["owed"] = client.Owed, ["unanswered"] = client.Unanswered };
        HealthStatus status = state.Status switch
        {
            ClientStatus.Open => HealthStatus.Healthy,
            ClientStatus.Closed => context.Registration.FailureStatus,
            _ => HealthStatus.Degraded,
        };
        return Task.FromResult(new HealthCheckResult(status, state.Reason ?? $"{state.Status}", data: data));
    }
}

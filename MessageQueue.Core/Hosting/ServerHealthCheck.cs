using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace MessageQueue.Hosting;

/// <summary>Healthy while the server takes events.</summary>
internal sealed class ServerHealthCheck(MessageQueueServer server) : IHealthCheck
{
    /// <inheritdoc />
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        Task completion = server.Completion;
        HealthCheckResult result = server.StartedCore is null ? new(context.Registration.FailureStatus, "The server has not started.")
            : completion.IsFaulted ? new(context.Registration.FailureStatus, "The server has failed; start it again.", completion.Exception?.InnerException)
            : completion.IsCompleted ? new(context.Registration.FailureStatus, "The server has stopped.")
            : HealthCheckResult.Healthy(null, new Dictionary<string, object> { ["connections"] = server.ConnectionCount });
        return Task.FromResult(result);
    }
}

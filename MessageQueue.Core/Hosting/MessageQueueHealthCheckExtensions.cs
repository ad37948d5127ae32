using MessageQueue.Hosting;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds servers to an app's health checks.</summary>
public static class MessageQueueHealthCheckExtensions
{
    /// <summary>
    /// Adds a check that is healthy while the server accepts events: not before it has started, not after its log has failed, and not while
    /// its disk is full. It is <see cref="HealthStatus.Degraded"/> while the server accepts events but knows that a file of its log is
    /// damaged.
    /// </summary>
    /// <param name="builder">The app's health checks.</param>
    /// <param name="name">The server's name, if it was added with one.</param>
    /// <param name="failureStatus">The status while the server accepts no events; null is <see cref="HealthStatus.Unhealthy"/>.</param>
    /// <param name="tags">The check's tags. Its name is <c>messagequeue</c>, or with a server's name <c>messagequeue:orders</c>.</param>
    /// <returns>The same health checks.</returns>
    public static IHealthChecksBuilder AddMessageQueue(
        this IHealthChecksBuilder builder, string name = "", HealthStatus? failureStatus = null, IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(name);
        return builder.Add(new HealthCheckRegistration(
            name.Length == 0 ? "messagequeue" : $"messagequeue:{name}",
            services => new ServerHealthCheck(ServerRegistration.Find(services, name)), failureStatus, tags));
    }
}

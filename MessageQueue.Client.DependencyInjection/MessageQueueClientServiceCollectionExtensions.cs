using MessageQueue.Client;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds clients to the services of an app.</summary>
public static class MessageQueueClientServiceCollectionExtensions
{
    /// <summary>
    /// Adds a <see cref="MessageQueueClient"/>. It begins to connect when the app has started, so that hosted services can add handlers
    /// before, and is closed with the app.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Sets the options. The address is required.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddMessageQueueClient(
        this IServiceCollection services, Action<IServiceProvider, MessageQueueClientOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        services.AddSingleton(provider => Create(provider, configure));
        return services.AddSingleton<IHostedService>(provider => new ClientStarter(provider.GetRequiredService<MessageQueueClient>()));
    }

    /// <summary>Adds a <see cref="MessageQueueClient"/>.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Sets the options. The address is required.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddMessageQueueClient(this IServiceCollection services, Action<MessageQueueClientOptions> configure) =>
        services.AddMessageQueueClient((_, options) => configure(options));

    /// <summary>Adds a client under a key, for apps with several.</summary>
    /// <param name="services">The services.</param>
    /// <param name="key">The key, as in <c>[FromKeyedServices(key)]</c>.</param>
    /// <param name="configure">Sets the options. The address is required.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddKeyedMessageQueueClient(
        this IServiceCollection services, object key, Action<IServiceProvider, MessageQueueClientOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(configure);
        services.AddKeyedSingleton(key, (provider, _) => Create(provider, configure));
        return services.AddSingleton<IHostedService>(
            provider => new ClientStarter(provider.GetRequiredKeyedService<MessageQueueClient>(key)));
    }

    /// <summary>Adds a client under a key, for apps with several.</summary>
    /// <param name="services">The services.</param>
    /// <param name="key">The key, as in <c>[FromKeyedServices(key)]</c>.</param>
    /// <param name="configure">Sets the options. The address is required.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddKeyedMessageQueueClient(
        this IServiceCollection services, object key, Action<MessageQueueClientOptions> configure) =>
        services.AddKeyedMessageQueueClient(key, (_, options) => configure(options));

    /// <summary>
    /// Adds a check of a client: healthy while it is open, degraded while it connects or waits, unhealthy when it is closed.
    /// </summary>
    /// <param name="builder">The health checks.</param>
    /// <param name="key">The key of the client; null for the one without a key.</param>
    /// <param name="name">The name of the check; null for <c>messagequeue-client</c>, with the key after a hyphen.</param>
    /// <returns>The health checks.</returns>
    public static IHealthChecksBuilder AddMessageQueueClient(this IHealthChecksBuilder builder, object? key = null, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.Add(new HealthCheckRegistration(
            name ?? (key is null ? "messagequeue-client" : $"messagequeue-client-{key}"),
            provider => new ClientHealthCheck(provider.GetRequiredKeyedService<MessageQueueClient>(key)),
            failureStatus: null,
            tags: null));
    }

    private static MessageQueueClient Create(IServiceProvider provider, Action<IServiceProvider, MessageQueueClientOptions> configure)
    {
        MessageQueueClientOptions options = new();
        configure(provider, options);
        return new MessageQueueClient(options);
    }
}

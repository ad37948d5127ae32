using MessageQueue;
using MessageQueue.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>
/// Adds servers to an app's services. A server's log is opened and recovered before the app listens; its clients are closed with 1001 when
/// the app begins to stop, and its log is flushed and closed before the app has stopped. Options are checked at the start, which fails with
/// a message that names the option.
/// </summary>
public static class MessageQueueServiceCollectionExtensions
{
    /// <summary>Adds the server, a <see cref="MessageQueueServer"/> among the services.</summary>
    /// <param name="services">The app's services.</param>
    /// <param name="configure">Sets its options. May be added several times, and then all of it counts; null leaves them as they
    /// are.</param>
    /// <returns>The same services.</returns>
    public static IServiceCollection AddMessageQueue(this IServiceCollection services, Action<MessageQueueOptions>? configure = null)
    {
        AddMessageQueue(services, "", configure);
        services.TryAddSingleton(static provider => provider.GetRequiredKeyedService<MessageQueueServer>(""));
        return services;
    }

    /// <summary>
    /// Adds the server with options from configuration: keys are the names of <see cref="MessageQueueOptions"/>, times are as
    /// <c>00:00:25</c> or <c>infinite</c>.
    /// </summary>
    /// <param name="services">The app's services.</param>
    /// <param name="section">As <c>builder.Configuration.GetSection("MessageQueue")</c>. Read once; a key that is no option makes the start
    /// fail.</param>
    /// <returns>The same services.</returns>
    public static IServiceCollection AddMessageQueue(this IServiceCollection services, IConfiguration section)
    {
        ArgumentNullException.ThrowIfNull(section);
        return AddMessageQueue(services, options => OptionsBinding.Bind(section, options));
    }

    /// <summary>Adds a server beside others: it has its own options, log and namespaces, and is a keyed service of its name.</summary>
    /// <param name="services">The app's services.</param>
    /// <param name="name">What it is mapped and found by.</param>
    /// <param name="configure">As without a name. Its <see cref="MessageQueueOptions.DataDirectory"/> must not be that of another.</param>
    /// <returns>The same services.</returns>
    public static IServiceCollection AddMessageQueue(this IServiceCollection services, string name, Action<MessageQueueOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(name);
        OptionsBuilder<MessageQueueOptions> options = services.AddOptions<MessageQueueOptions>(name).ValidateOnStart();
        if (configure is not null)
        {
            options.Configure(configure);
        }

        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<MessageQueueOptions>, OptionsCheck>());
        if (!services.Any(service => service.IsKeyedService && service.ServiceType == typeof(MessageQueueServer) && name.Equals(service.ServiceKey)))
        {
            services.AddKeyedSingleton(name, ServerRegistration.Create);
            services.AddSingleton<IHostedService>(provider =>
                new ServerLifetime(provider, provider.GetRequiredService<IHostApplicationLifetime>(), name));
        }

        return services;
    }

    /// <summary>Adds a server beside others, with options from configuration.</summary>
    /// <inheritdoc cref="AddMessageQueue(IServiceCollection, string, Action{MessageQueueOptions}?)" />
    /// <param name="services">The app's services.</param>
    /// <param name="name">What it is mapped and found by.</param>
    /// <param name="section">As without a name.</param>
    public static IServiceCollection AddMessageQueue(this IServiceCollection services, string name, IConfiguration section)
    {
        ArgumentNullException.ThrowIfNull(section);
        return AddMessageQueue(services, name, options => OptionsBinding.Bind(section, options));
    }
}

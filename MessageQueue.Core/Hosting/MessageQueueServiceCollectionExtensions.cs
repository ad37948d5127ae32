using MessageQueue;
using MessageQueue.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>
/// Adds servers to an app's services. A server opens and recovers its log before the app listens. It closes its clients with 1001 when the
/// app begins to stop, and flushes and closes its log before the app has stopped. The app's start checks the options; it fails with a
/// message that names the option that is wrong.
/// </summary>
public static class MessageQueueServiceCollectionExtensions
{
    /// <summary>Adds the server to the services, as a <see cref="MessageQueueServer"/>.</summary>
    /// <param name="services">The app's services.</param>
    /// <param name="configure">Sets options. When this method is called several times, all calls apply; null changes nothing.</param>
    /// <returns>The same services.</returns>
    public static IServiceCollection AddMessageQueue(this IServiceCollection services, Action<MessageQueueOptions>? configure = null)
    {
        AddMessageQueue(services, "", configure);
        services.TryAddSingleton(static provider => provider.GetRequiredKeyedService<MessageQueueServer>(""));
        return services;
    }

    /// <summary>
    /// Adds the server with options from configuration. Keys are the names of the options in <see cref="MessageQueueOptions"/>; times are
    /// written as <c>00:00:25</c> or <c>infinite</c>.
    /// </summary>
    /// <param name="services">The app's services.</param>
    /// <param name="section">The section, such as <c>builder.Configuration.GetSection("MessageQueue")</c>. It is read once. A key that is
    /// not an option makes the start fail.</param>
    /// <returns>The same services.</returns>
    public static IServiceCollection AddMessageQueue(this IServiceCollection services, IConfiguration section)
    {
        ArgumentNullException.ThrowIfNull(section);
        return AddMessageQueue(services, options => OptionsBinding.Bind(section, options));
    }

    /// <summary>
    /// Adds one of several servers. It has its own options, log and namespaces, and is a keyed service with its name as the key.
    /// </summary>
    /// <param name="services">The app's services.</param>
    /// <param name="name">The name with which the server is mapped and found.</param>
    /// <param name="configure">Sets options, as without a name. Two servers must not have the same
    /// <see cref="MessageQueueOptions.DataDirectory"/>.</param>
    /// <returns>The same services.</returns>
    public static IServiceCollection AddMessageQueue(
        this IServiceCollection services, string name, Action<MessageQueueOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(name);
        OptionsBuilder<MessageQueueOptions> options = services.AddOptions<MessageQueueOptions>(name).ValidateOnStart();
        if (configure is not null)
        {
            options.Configure(configure);
        }

        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<MessageQueueOptions>, OptionsCheck>());
        bool isAdded = services.Any(
            service => service.IsKeyedService && service.ServiceType == typeof(MessageQueueServer) && name.Equals(service.ServiceKey));
        if (!isAdded)
        {
            services.AddKeyedSingleton(name, ServerRegistration.Create);
            services.AddSingleton<IHostedService>(provider =>
                new ServerLifetime(provider, provider.GetRequiredService<IHostApplicationLifetime>(), name));
        }

        return services;
    }

    /// <summary>Adds one of several servers, with options from configuration.</summary>
    /// <inheritdoc cref="AddMessageQueue(IServiceCollection, string, Action{MessageQueueOptions}?)" />
    /// <param name="services">The app's services.</param>
    /// <param name="name">The name with which the server is mapped and found.</param>
    /// <param name="section">The section, as without a name.</param>
    public static IServiceCollection AddMessageQueue(this IServiceCollection services, string name, IConfiguration section)
    {
        ArgumentNullException.ThrowIfNull(section);
        return AddMessageQueue(services, name, options => OptionsBinding.Bind(section, options));
    }
}

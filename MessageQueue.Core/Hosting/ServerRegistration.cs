using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace MessageQueue.Hosting;

/// <summary>
/// Makes and finds the servers among an app's services. A server is made when it is first requested, so handlers can be added before it
/// starts.
/// </summary>
internal static class ServerRegistration
{
    /// <summary>Returns the server of this name.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public static MessageQueueServer Find(IServiceProvider services, string name) => services.GetKeyedService<MessageQueueServer>(name)
        ?? throw new InvalidOperationException(name.Length == 0
            ? "There is no MessageQueue among the app's services; call services.AddMessageQueue first."
            : $"There is no MessageQueue '{name}' among the app's services; call services.AddMessageQueue(\"{name}\", …) first.");

    /// <summary>Makes the server whose name is the key.</summary>
    public static MessageQueueServer Create(IServiceProvider services, object? key)
    {
        string name = (string)key!;
        MessageQueueOptions options = services.GetRequiredService<IOptionsMonitor<MessageQueueOptions>>().Get(name);
        return new MessageQueueServer(OptionsValidation.Freeze(options), services.GetRequiredService<ILoggerFactory>(), name);
    }
}

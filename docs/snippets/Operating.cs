using MessageQueue;

namespace Snippets;

internal static class Operating
{
    public static void Metrics(MessageQueueOptions options)
    {
        // <metrics>
        options.AuthorizeMetrics = context => ValueTask.FromResult(context.Connection.RemoteIpAddress is { } address && System.Net.IPAddress.IsLoopback(address));
        // </metrics>
    }
}

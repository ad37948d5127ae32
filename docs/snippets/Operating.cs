using MessageQueue;

namespace Snippets;

internal static class Operating
{
    public static void Metrics(MessageQueueOptions options)
    {
        // <metrics>
        options.AuthorizeOperate = request => ValueTask.FromResult(request.Operation == Operation.ReadMetrics);
        // </metrics>
    }
}

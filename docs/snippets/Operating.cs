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

    public static void MappedMetrics(WebApplication app)
    {
        // <mapped-metrics>
        app.MapMessageQueueMetrics("/metrics").RequireHost("*:9090");
        // </mapped-metrics>
    }

    public static void Log(IProgress<double> progress, CancellationToken cancellationToken)
    {
        // <log-tools>
        string copy = $"/backup/{DateTime.UtcNow:yyyy-MM-dd}";
        long last = MessageQueueLog.Backup("data", copy, progress, cancellationToken);      // beside the running server
        VerificationReport report = MessageQueueLog.Verify(copy, progress, cancellationToken);
        if (!report.IsSound || report.LastSequence < last)
        {
            throw new InvalidOperationException("The backup is not sound:\n" + string.Join('\n', report.Findings));
        }
        // </log-tools>
    }
}

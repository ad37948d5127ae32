using Microsoft.AspNetCore.Http;

namespace MessageQueue.Hosting;

/// <summary>Serves the metrics of a server in Prometheus' text format, if <c>AuthorizeOperate</c> allows it.</summary>
internal static class MetricsEndpoint
{
    /// <summary>Answers a request.</summary>
    public static async Task AnswerAsync(ServerCore core, HttpContext context)
    {
        if (core.MetricsText is not { } metrics)
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            await context.Response.WriteAsync("This server is closed to operators; its app opens it with AuthorizeOperate or Tokens.\n")
                .ConfigureAwait(false);
        }
        else if (!await core.MayReadMetricsAsync(context).ConfigureAwait(false))
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
        }
        else
        {
            context.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
            await context.Response.WriteAsync(metrics.Write()).ConfigureAwait(false);
        }
    }
}

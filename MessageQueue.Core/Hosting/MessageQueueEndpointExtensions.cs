using System.Diagnostics.CodeAnalysis;
using MessageQueue;
using MessageQueue.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Maps a server to a path of an ASP.NET Core app.</summary>
public static class MessageQueueEndpointExtensions
{
    private const string NamespaceKey = "messageQueueNamespace";

    /// <summary>
    /// Serves WebSocket clients at this path and below it. The rest of the path is the namespace: <c>/events/chat</c> is the namespace
    /// <c>/chat</c> of a server that is mapped to <c>/events</c>. <c>UseWebSockets</c> is not needed. Conventions of the endpoint, such as
    /// <c>RequireAuthorization</c>, <c>RequireCors</c> or <c>RequireRateLimiting</c>, apply to the handshake. Handlers see the user as
    /// <see cref="MessageQueue.Session.User"/>. The permissions of <see cref="MessageQueueOptions"/> are checked after that; they allow
    /// nothing until the app sets them.
    /// </summary>
    /// <param name="endpoints">The app.</param>
    /// <param name="pattern">A route pattern without a catch-all, such as <c>/events</c>.</param>
    /// <param name="name">The server's name, if it was added with one.</param>
    /// <returns>A builder that adds conventions to the endpoint.</returns>
    /// <exception cref="InvalidOperationException">There is no such server among the app's services.</exception>
    public static IEndpointConventionBuilder MapMessageQueue(
        this IEndpointRouteBuilder endpoints, [StringSyntax("Route")] string pattern, string name = "")
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(pattern);
        MessageQueueServer server = ServerRegistration.Find(endpoints.ServiceProvider, name);
        return endpoints.Map($"{pattern.TrimEnd('/')}/{{**{NamespaceKey}}}", context => ServeAsync(server, context))
            .WithDisplayName($"MessageQueue {pattern}");
    }

    /// <summary>
    /// Serves the metrics of a server in Prometheus' text format, for apps that export no metrics otherwise. Conventions of the endpoint,
    /// such as <c>RequireHost</c> or <c>RequireAuthorization</c>, apply first; then <see cref="MessageQueueOptions.AuthorizeOperate"/> is
    /// asked for <see cref="Operation.ReadMetrics"/>. Without that option every request is answered with 403.
    /// </summary>
    /// <param name="endpoints">The app.</param>
    /// <param name="pattern">A route pattern.</param>
    /// <param name="name">The server's name, if it was added with one. Each server needs an endpoint of its own.</param>
    /// <returns>A builder that adds conventions to the endpoint.</returns>
    /// <exception cref="InvalidOperationException">There is no such server among the app's services.</exception>
    public static IEndpointConventionBuilder MapMessageQueueMetrics(
        this IEndpointRouteBuilder endpoints, [StringSyntax("Route")] string pattern = "/metrics", string name = "")
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(pattern);
        MessageQueueServer server = ServerRegistration.Find(endpoints.ServiceProvider, name);
        RequestDelegate serve = context =>
            server.StartedCore is { } core ? MetricsEndpoint.AnswerAsync(core, context) : NotStarted(context);
        return endpoints.MapMethods(pattern, [HttpMethods.Get, HttpMethods.Head], serve)
            .WithDisplayName($"MessageQueue metrics {pattern}");
    }

    private static Task ServeAsync(MessageQueueServer server, HttpContext context) => server.StartedCore is { } core
        ? core.ServeAsync(context, "/" + context.GetRouteValue(NamespaceKey))
        : NotStarted(context);

    private static Task NotStarted(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        return Task.CompletedTask;
    }
}

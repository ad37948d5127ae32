using MessageQueue.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MessageQueue.SocketIO.Engine;

/// <summary>Serves a path of an app, from the first request after its server has started.</summary>
internal sealed class EngineEndpoint(MessageQueueServer server, Func<ServerCore, RequestDelegate> start)
{
    private readonly Lock _gate = new();
    private RequestDelegate? _serve;

    /// <summary>Maps a path and everything below it.</summary>
    public static IEndpointConventionBuilder Map(
        IEndpointRouteBuilder endpoints, string pattern, string name, string displayName, Func<ServerCore, RequestDelegate> start)
    {
        EngineEndpoint endpoint = new(ServerRegistration.Find(endpoints.ServiceProvider, name), start);
        return endpoints.Map($"{pattern.TrimEnd('/')}/{{**engineRest}}", endpoint.ServeAsync).WithDisplayName($"{displayName} {pattern}");
    }

    private Task ServeAsync(HttpContext context)
    {
        if ((_serve ?? Start()) is { } serve)
        {
            return serve(context);
        }

        context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        return Task.CompletedTask;
    }

    private RequestDelegate? Start()
    {
        lock (_gate)
        {
            return _serve ??= server.StartedCore is { } core ? start(core) : null;
        }
    }
}

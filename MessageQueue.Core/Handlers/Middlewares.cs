using System.Collections.Immutable;
using MessageQueue.Diagnostics;
using MessageQueue.Protocol;
using Microsoft.Extensions.Logging;

namespace MessageQueue.Handlers;

/// <summary>Runs the app's middlewares, the first one outermost.</summary>
internal static class Middlewares
{
    /// <summary>Asks the middlewares of a namespace whether a client may connect. Never throws.</summary>
    public static async Task<CloseReason?> AdmitAsync(
        ImmutableArray<Func<ConnectContext, Func<Task>, Task>> middlewares, ConnectContext context, ILogger logger)
    {
        bool isPassed = false;
        try
        {
            await RunAsync(middlewares, context, () =>
            {
                isPassed = true;
                return Task.CompletedTask;
            }).ConfigureAwait(false);
            return context.Refusal ?? (isPassed ? null : CloseReason.NotAdmitted);
        }
#pragma warning disable CA1031 // The app's code, for one client: an exception from it must affect only that client.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            HandlersLog.MiddlewareFailed(logger, exception, context.Namespace.Name);
            return context.Refusal ?? CloseReason.NotAdmitted;
        }
    }

    /// <summary>Runs the handler of an event inside the middlewares of its namespace. Throws what they throw.</summary>
    public static async Task<HandlerResult> HandleAsync(
        ImmutableArray<Func<EventContext, Func<Task>, Task>> middlewares, Handler handler, Session session, ReceivedEvent received)
    {
        EventContext context = new(session, received);
        EventData answer = default;
        await RunAsync(middlewares, context, async () =>
        {
            if (!context.IsRefused)
            {
                context.BeginHandler();
                answer = await handler.Invoke(session, received).ConfigureAwait(false);
            }
        }).ConfigureAwait(false);
        return new HandlerResult(answer, context.Refusal);
    }

    private static Task RunAsync<TContext>(ImmutableArray<Func<TContext, Func<Task>, Task>> middlewares, TContext context, Func<Task> last)
    {
        return StepAsync(0);
        Task StepAsync(int index) => index == middlewares.Length ? last() : middlewares[index](context, () => StepAsync(index + 1));
    }
}

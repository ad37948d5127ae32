using System.Collections.Immutable;
using System.Diagnostics;
using MessageQueue.Diagnostics;
using MessageQueue.Handlers.Durable;
using MessageQueue.Protocol;
using Microsoft.Extensions.Logging;

namespace MessageQueue.Handlers;

/// <summary>Runs the app's code, and handles all exceptions that it throws.</summary>
internal sealed class HandlerRunner(ILogger logger, TimeProvider timeProvider)
{
    /// <summary>Runs the handler of an event once. Never throws.</summary>
    public Task<HandlerResult> RunAsync(Handler handler, ReceivedEvent received, HandlerRun run) =>
        RunAsync(handler, received, run, 1, 1, Task.CompletedTask);

    /// <summary>
    /// Runs the durable handler of an event until it succeeds, but only as often as its options allow. Never throws. Returns null if the
    /// event was skipped meanwhile.
    /// </summary>
    public async Task<HandlerResult?> RunAsync(Handler handler, ReceivedEvent received, HandlerRun run, DurableEvent work)
    {
        Task<HandlerResult> running = RunAsync(handler, received, run, work.EarlierAttempts + 1, handler.Options.MaxAttempts, work.Skipped);
        await Task.WhenAny(running, work.Skipped).ConfigureAwait(false);
        return work.HasEnded ? null : await running.ConfigureAwait(false);
    }

    /// <summary>Shows an event to all listeners of its namespace. Never throws.</summary>
    public ValueTask ListenAsync(ReceivedEvent received, HandlerRun run) =>
        run.Session.Namespace.Handlers.Listeners is { IsEmpty: false } listeners
            ? new ValueTask(ListenAsync(listeners, received, run))
            : default;

    private async Task ListenAsync(ImmutableArray<Func<Session, ReceivedEvent, Task>> listeners, ReceivedEvent received, HandlerRun run)
    {
        // Listeners run once, handlers again and again: their emits must not shift the keys of the handler's.
        HandlerRun.Current = run.WithoutKeys();
        foreach (Func<Session, ReceivedEvent, Task> listener in listeners)
        {
            try
            {
                await listener(run.Session, received).ConfigureAwait(false);
            }
#pragma warning disable CA1031 // The app's code: an exception from a listener does not affect the event.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                HandlersLog.ListenerFailed(logger, exception, received.Name, run.Session.Namespace.Name);
            }
        }
    }

    private async Task<HandlerResult> RunAsync(
        Handler handler, ReceivedEvent received, HandlerRun run, int attempt, int attempts, Task skipped)
    {
        using Activity? activity = Telemetry.StartHandler(run.Session, received);
        await ListenAsync(received, run).ConfigureAwait(false);
        TimeSpan delay = handler.Options.RetryDelay;
        for (; ; attempt++, run = run.NextAttempt())
        {
            try
            {
                HandlerRun.Current = run;
                HandlerResult result = run.Session.Namespace.Handlers.EventMiddlewares is { IsEmpty: false } middlewares
                    ? await Middlewares.HandleAsync(middlewares, handler, run.Session, received).ConfigureAwait(false)
                    : new HandlerResult(await handler.Invoke(run.Session, received).ConfigureAwait(false), null);
                return result with { Attempts = attempt };
            }
            catch (DataMismatchException exception)
            {
                HandlersLog.DataMismatch(logger, exception, received.Name);
                return new HandlerResult(default, RequestErrors.DataMismatch(exception.Message)) { Attempts = attempt };
            }
#pragma warning disable CA1031 // The app's code, for one client: an exception from it must affect only that client.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                if (attempt >= attempts)
                {
                    activity?.SetStatus(ActivityStatusCode.Error, exception.Message);
                    HandlersLog.HandlerFailed(
                        logger, exception, received.Name, received.Number, run.Session.Address, received.Reference,
                        run.Session.Namespace.Name);
                    return HandlerResult.Failed with { Attempts = attempt };
                }

                HandlersLog.HandlerRetries(
                    logger, exception, received.Name, attempt, attempts, received.Number, run.Session.Address, received.Reference,
                    run.Session.Namespace.Name, delay);
            }
            finally
            {
                run.End();
            }

            await skipped.WaitAsync(delay, timeProvider).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (skipped.IsCompleted)
            {
                return HandlerResult.Failed with { Attempts = attempt };
            }

            delay *= 2;
        }
    }

    /// <summary>
    /// Shows an event to an observer until it succeeds, but only as often as its options allow. Never throws. Returns false if the server
    /// stopped before that.
    /// </summary>
    public async Task<bool> ObserveAsync(
        Func<ReceivedEvent, Task> observe, HandlerOptions options, ReceivedEvent received, string ns, CancellationToken stopping)
    {
        TimeSpan delay = options.RetryDelay;
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                await observe(received).ConfigureAwait(false);
                return true;
            }
#pragma warning disable CA1031 // The app's code: an exception from it must not affect the server.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                if (attempt >= options.MaxAttempts)
                {
                    HandlersLog.ObserverFailed(logger, exception, received.Number, received.Name, ns);
                    return true;
                }

                HandlersLog.ObserverRetries(logger, exception, received.Number, received.Name, ns, attempt, options.MaxAttempts, delay);
            }

            await Task.Delay(delay, timeProvider, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stopping.IsCancellationRequested)
            {
                return false;
            }

            delay *= 2;
        }
    }

    /// <summary>Runs all handlers of a connect, a disconnect or a change of presence, also if some of them throw. Never throws.</summary>
    public async Task NotifyAsync(string notification, string ns, IEnumerable<Func<Task>> handlers)
    {
        foreach (Func<Task> handler in handlers)
        {
            try
            {
                await handler().ConfigureAwait(false);
            }
#pragma warning disable CA1031 // As above.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                HandlersLog.NotificationFailed(logger, exception, notification, ns);
            }
        }
    }
}

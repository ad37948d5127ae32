using MessageQueue.Host.Settings;
using Microsoft.Extensions.Logging;

namespace MessageQueue.Host;

/// <summary>Runs the server until it is told to stop or fails: what the host does when no other command is given.</summary>
internal static class ServeCommand
{
    /// <summary>Returns when the server was asked to stop and has stopped; throws what made it fail.</summary>
    public static async Task<int> RunAsync(HostSettings settings)
    {
        using StopSignals signals = new();
        using ILoggerFactory loggers = ConsoleLog.Create(settings.LogLevel);
        try
        {
            Permissions.Open(settings);
            await ServeAsync(settings, loggers, signals.Requested);
        }
        catch (OperationCanceledException) when (signals.Requested.IsCancellationRequested)
        {
            // Asked to stop while it was still starting: there is nothing to undo that the next start's recovery does not do.
        }
        catch (Exception exception)
        {
            // The one line that follows has no room for the stack.
            ILogger logger = loggers.CreateLogger("MessageQueue.Host");
            HostLog.HostFailed(logger, exception);
            throw;
        }

        return ExitCode.Stopped;
    }

    private static async Task ServeAsync(HostSettings settings, ILoggerFactory loggers, CancellationToken stopRequested)
    {
        await using MessageQueueServer server = await MessageQueueServer.StartAsync(settings.Server, loggers, stopRequested);
        foreach (string line in Banner.Lines(server.Url, settings))
        {
            Console.WriteLine(line);
        }

        Task ended = server.Completion.WaitAsync(stopRequested);
        await ended.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!stopRequested.IsCancellationRequested)
        {
            await ended;
            throw new MessageQueueException("the server stopped without being asked to; start it again");
        }

        Console.WriteLine("Stopping; Ctrl-C again ends it at once");
        await server.StopAsync(CancellationToken.None);
        // A log that failed on the last stretch is still a failure.
        await server.Completion;
    }
}

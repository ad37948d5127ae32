using MessageQueue.Host.Page;
using MessageQueue.Host.Settings;
using Microsoft.Extensions.Logging;

namespace MessageQueue.Host;

/// <summary>Runs the server until it is asked to stop, or fails. This is what the host does without a command.</summary>
internal static class ServeCommand
{
    /// <summary>Runs the server; returns when it has stopped as asked, and throws the exception that made it fail.</summary>
    public static async Task<int> RunAsync(HostSettings settings)
    {
        using StopSignals signals = new();
        using ILoggerFactory loggers = ConsoleLog.Create(settings);
        try
        {
            Permissions.Open(settings);
            settings.Server.Fallback = settings.NoPage ? null : ChatPage.AnswerAsync;
            SocketIOSetup.Add(settings);
            await ServeAsync(settings, loggers, signals.Requested);
        }
        catch (OperationCanceledException) when (signals.Requested.IsCancellationRequested)
        {
            // Asked to stop while it was still starting: the next start recovers whatever this one left behind.
        }
        catch (Exception exception)
        {
            // The line on standard error has no stack trace.
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

        ServiceManager.Ready(server.Url);
        Task ended = server.Completion.WaitAsync(stopRequested);
        await ended.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!stopRequested.IsCancellationRequested)
        {
            await ended;
            throw new MessageQueueException("the server stopped although nobody asked it to; start it again");
        }

        ServiceManager.Stopping();
        Console.WriteLine("Stopping; a second Ctrl-C ends the process at once");
        await server.StopAsync(CancellationToken.None);
        // Throws where the log failed while the server was stopping.
        await server.Completion;
    }
}

using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace MessageQueue.Host;

/// <summary>Logs to standard output, one line per entry. Standard error is for the line that says why the host ended.</summary>
internal static class ConsoleLog
{
    /// <summary>Creates a log with the server's entries from <paramref name="level"/> on, and the framework's warnings.</summary>
    public static ILoggerFactory Create(LogLevel level) => LoggerFactory.Create(logging =>
    {
        LogLevel framework = level is LogLevel.Information ? LogLevel.Warning : level;
        logging.SetMinimumLevel(level);
        logging.AddFilter("Microsoft", framework);
        // The host reports a failed start in one line of its own. With debug or trace, the framework's stack trace is logged too.
        logging.AddFilter("Microsoft.Extensions.Hosting", level < LogLevel.Information ? framework : LogLevel.None);
        logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "HH:mm:ss.fff ";
            console.ColorBehavior = Console.IsOutputRedirected ? LoggerColorBehavior.Disabled : LoggerColorBehavior.Default;
        });
    });
}

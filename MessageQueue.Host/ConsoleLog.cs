using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace MessageQueue.Host;

/// <summary>One line per entry, on stdout: stderr is for the line that says why the host ended.</summary>
internal static class ConsoleLog
{
    /// <summary>Logs what is ours from <paramref name="level"/> on, and warnings of the framework.</summary>
    public static ILoggerFactory Create(LogLevel level) => LoggerFactory.Create(logging =>
    {
        LogLevel framework = level is LogLevel.Information ? LogLevel.Warning : level;
        logging.SetMinimumLevel(level);
        logging.AddFilter("Microsoft", framework);
        // What it logs when it cannot start is what we report in one line; from debug on, the stack trace is wanted.
        logging.AddFilter("Microsoft.Extensions.Hosting", level < LogLevel.Information ? framework : LogLevel.None);
        logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "HH:mm:ss.fff ";
            console.ColorBehavior = Console.IsOutputRedirected ? LoggerColorBehavior.Disabled : LoggerColorBehavior.Default;
        });
    });
}

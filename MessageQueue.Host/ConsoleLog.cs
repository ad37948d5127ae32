using MessageQueue.Host.Settings;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace MessageQueue.Host;

/// <summary>Logs to standard output, one line per entry. Standard error is for the line that says why the host ended.</summary>
internal static class ConsoleLog
{
    private const string Framework = "Microsoft";

    /// <summary>
    /// Creates a log with the server's entries from the configured level on, and the framework's warnings. The section <c>Logging</c> of
    /// the settings file adds levels for single categories, and may change the form of the lines. A level that was given for the host wins
    /// over the section's <c>Default</c>.
    /// </summary>
    public static ILoggerFactory Create(HostSettings settings) => LoggerFactory.Create(logging =>
    {
        LogLevel level = settings.LogLevel;
        LogLevel framework = level is LogLevel.Information ? LogLevel.Warning : level;
        logging.AddFilter(category: null, level);
        logging.AddFilter(Framework, framework);
        // The host reports a failed start in one line of its own. With debug or trace, the framework's stack trace is logged too.
        logging.AddFilter("Microsoft.Extensions.Hosting", level < LogLevel.Information ? framework : LogLevel.None);
        IConfigurationSection section = SectionOf(settings.SettingsFile);
        logging.AddConfiguration(section);
        if (settings.Given.ContainsKey("log-level"))
        {
            logging.AddFilter(category: null, level);
        }

        logging.AddConsole(console =>
            console.FormatterName = section["Console:FormatterName"] ?? ConsoleFormatterNames.Simple);
        logging.Services.Configure<SimpleConsoleFormatterOptions>(lines =>
        {
            lines.SingleLine = true;
            lines.TimestampFormat = "HH:mm:ss.fff ";
            lines.ColorBehavior = Console.IsOutputRedirected ? LoggerColorBehavior.Disabled : LoggerColorBehavior.Default;
            section.GetSection("Console:FormatterOptions").Bind(lines);
        });
    });

    // Read by the framework's own reader, which knows all that may stand there.
    private static IConfigurationSection SectionOf(string? file)
    {
        ConfigurationBuilder builder = new();
        if (file is not null)
        {
            builder.AddJsonFile(file, optional: false, reloadOnChange: false);
        }

        return builder.Build().GetSection(LoggingSection.Name);
    }
}

using MessageQueue.Host;
using MessageQueue.Host.Settings;
using MessageQueue.Tests.Infrastructure;
using Microsoft.Extensions.Logging;

namespace MessageQueue.Tests.ConsoleHost;

/// <summary>What the host logs: <c>--log-level</c>, and the section <c>Logging</c> of the settings file.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class ConsoleLogTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Test]
    public void The_server_logs_information_and_the_framework_warnings()
    {
        using ILoggerFactory log = Create();

        LevelOf(log, "MessageQueue").Should().Be(LogLevel.Information);
        LevelOf(log, "Microsoft.AspNetCore.Hosting").Should().Be(LogLevel.Warning);
        LevelOf(log, "Microsoft.Extensions.Hosting.Host").Should().Be(LogLevel.None);
    }

    [Test]
    public void A_level_applies_to_the_framework_too()
    {
        using ILoggerFactory log = Create("--log-level", "debug");

        LevelOf(log, "MessageQueue.Storage").Should().Be(LogLevel.Debug);
        LevelOf(log, "Microsoft.AspNetCore.Hosting").Should().Be(LogLevel.Debug);
    }

    [Test]
    public void The_section_Logging_sets_levels_by_category()
    {
        File("""
            { "Logging": { "LogLevel": {
                "Default": "Error", "MessageQueue.Storage": "Debug", "Microsoft.AspNetCore": "Information"
            } } }
            """);
        using ILoggerFactory log = Create();

        LevelOf(log, "MessageQueue").Should().Be(LogLevel.Error);
        LevelOf(log, "MessageQueue.Storage").Should().Be(LogLevel.Debug);
        LevelOf(log, "Microsoft.AspNetCore.Hosting").Should().Be(LogLevel.Information);
    }

    [Test]
    public void A_level_that_was_given_wins_over_the_default_of_the_section()
    {
        File("""{ "Logging": { "LogLevel": { "Default": "Error", "MessageQueue.Storage": "Debug" } } }""");
        using ILoggerFactory log = Create("--log-level", "warning");

        LevelOf(log, "MessageQueue").Should().Be(LogLevel.Warning);
        LevelOf(log, "MessageQueue.Storage").Should().Be(LogLevel.Debug);
    }

    [Test]
    public void The_levels_of_the_console_count_too()
    {
        File("""{ "Logging": { "LogLevel": { "Default": "Error" }, "Console": { "LogLevel": { "MessageQueue": "Trace" } } } }""");
        using ILoggerFactory log = Create();

        LevelOf(log, "MessageQueue.Handlers").Should().Be(LogLevel.Trace);
        LevelOf(log, "Other").Should().Be(LogLevel.Error);
    }

    [TestCase(
        """{ "Logging": { "LogLevel": { "Default": "Debgu" } } }""",
        "\"Logging:LogLevel:Default\" in *: 'Debgu' is not allowed; use trace*")]
    [TestCase(
        """{ "Logging": { "Console": { "LogLevel": { "MessageQueue": "1" } } } }""",
        "\"Logging:Console:LogLevel:MessageQueue\" in *'1'*")]
    public void A_level_that_is_none_is_refused(string text, string message)
    {
        File(text);
        FluentActions.Invoking(() => Create()).Should().Throw<UsageException>().WithMessage(message);
    }

    private static LogLevel LevelOf(ILoggerFactory log, string category)
    {
        ILogger logger = log.CreateLogger(category);
        return Enum.GetValues<LogLevel>().First(level => level == LogLevel.None || logger.IsEnabled(level));
    }

    private void File(string text) => System.IO.File.WriteAllText(_directory.Combine("appsettings.json"), text);

    private ILoggerFactory Create(params string[] arguments) => ConsoleLog.Create(CommandLine.ReadSettings(
        CommandLine.Parse(arguments, _ => Task.FromResult(0)), _ => null, SettingsFile.Read(_directory.FullName)));
}

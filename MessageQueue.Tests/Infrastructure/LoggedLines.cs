using Microsoft.Extensions.Logging;

namespace MessageQueue.Tests.Infrastructure;

/// <summary>Keeps what was logged, at any level. For one thread.</summary>
internal sealed class LoggedLines : ILogger
{
    public List<string> Said { get; } = [];

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Said.Add(formatter(state, exception));
}

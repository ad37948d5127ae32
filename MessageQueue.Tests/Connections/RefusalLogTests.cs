using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;
using Microsoft.Extensions.Logging;

namespace MessageQueue.Tests.Connections;

/// <summary>A refused request is logged, so that an operator can say why it was refused.</summary>
internal sealed class RefusalLogTests
{
    [Test]
    public async Task A_refused_request_is_logged_with_its_session_and_its_reference()
    {
        using LinesProvider lines = new();
        using ILoggerFactory log = LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Debug).AddProvider(lines));
        MessageQueueOptions options = new() { Url = "http://127.0.0.1:0", Durability = Durability.Memory };
        options.AllowEverything();
        options.AuthorizeEmit = request => ValueTask.FromResult(request.To[0] != "staff");
        await using MessageQueueServer server = await MessageQueueServer.StartAsync(options, log).OrTimeout();
        await using EventClient bob = await EventClient.ConnectAsync(server.Url + "/chat", "session=bob");

        await bob.SendAsync(new { type = "emit", @event = "e", to = "staff", id = "order-17" });
        await bob.NextAsync("error");
        await bob.SendAsync(new { type = "emit", @event = "e", to = "@nobody", id = "order-18" });
        await bob.NextAsync("error");

        lines.Said.Should().ContainMatch(
            "A request with reference 'order-17' of session bob of /chat was refused with forbidden: *")
            .And.ContainMatch("A request with reference 'order-18' of session bob of /chat was refused with unknown_session: *");
    }

    private sealed class LinesProvider : ILoggerProvider, ILogger
    {
        private readonly List<string> _said = [];

        public IReadOnlyList<string> Said
        {
            get
            {
                lock (_said)
                {
                    return [.. _said];
                }
            }
        }

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (_said)
            {
                _said.Add(formatter(state, exception));
            }
        }

        public void Dispose()
        {
        }
    }
}

using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.EndToEnd;

/// <summary>Starts a <see cref="TestServer"/> whose clock moves only when a test moves it.</summary>
internal static class ClockServer
{
    public static Task<TestServer> StartAsync(ManualTimeProvider clock, Action<MessageQueueOptions>? configure = null) =>
        TestServer.StartAsync(options => Configure(options, clock, configure));

    public static Task<TestServer> StartAsync(
        ManualTimeProvider clock, TemporaryDirectory data, Action<MessageQueueOptions>? configure = null) =>
        TestServer.StartAsync(data, options => Configure(options, clock, configure));

    private static void Configure(MessageQueueOptions options, ManualTimeProvider clock, Action<MessageQueueOptions>? configure)
    {
        options.TimeProvider = clock;

        // When the clock jumps, clients have no time to answer a ping.
        options.PingInterval = TimeSpan.FromDays(20);
        options.IdleTimeout = TimeSpan.FromDays(21);
        configure?.Invoke(options);
    }
}

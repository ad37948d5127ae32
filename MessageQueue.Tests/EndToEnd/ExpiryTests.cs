using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.EndToEnd;

[Parallelizable(ParallelScope.All)]
internal sealed class ExpiryTests
{
    [TestCase("", 120)]
    [TestCase("session=alice", 7 * 24 * 3600)]
    public async Task A_session_that_does_not_return_in_time_ends(string query, int seconds)
    {
        ManualTimeProvider clock = new();
        await using TestServer server = await TestServer.StartAsync(options =>
        {
            options.TimeProvider = clock;
            options.PingInterval = TimeSpan.FromDays(10);
            options.IdleTimeout = TimeSpan.FromDays(11);
        });
        await using EventClient other = await server.ConnectAsync("session=other");
        string name = await VisitAsync(server, query);

        clock.Advance(TimeSpan.FromSeconds(seconds - 1));
        await other.PingAsync();
        await using (EventClient back = await server.ConnectAsync($"session={name}"))
        {
            back.Welcome.GetProperty("resumed").GetBoolean().Should().BeTrue();
            await back.CloseAsync();
        }

        await other.PingAsync();
        clock.Advance(TimeSpan.FromSeconds(seconds + 1));
        await other.PingAsync();
        await using EventClient late = await server.OpenAsync($"session={name}");
        if (query.Length == 0)
        {
            (await late.CloseCodeAsync()).Should().Be(1008);
        }
        else
        {
            (await late.NextAsync("welcome")).GetProperty("resumed").GetBoolean().Should().BeFalse();
        }
    }

    private static async Task<string> VisitAsync(TestServer server, string query)
    {
        await using EventClient client = await server.ConnectAsync(query);
        await client.CloseAsync();
        return client.Welcome.GetProperty("session").GetString()!;
    }
}

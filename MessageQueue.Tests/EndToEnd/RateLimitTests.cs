using System.Text.Json;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.EndToEnd;

/// <summary>The limits that are off by default: messages per second, and connections per address.</summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class RateLimitTests
{
    private readonly ManualTimeProvider _clock = new();

    [Test]
    public async Task A_message_beyond_the_burst_is_refused_and_nothing_is_read_until_the_next_is_allowed()
    {
        await using TestServer server = await StartAsync(options => (options.MaxMessagesPerSecond, options.MessageBurst) = (5, 10));
        await using EventClient bob = await server.ConnectAsync();
        for (int i = 0; i < 20; i++)
        {
            await bob.SendAsync(new { type = "ping", id = $"{i}" });
        }

        for (int i = 0; i < 10; i++)
        {
            await ShouldBeAnsweredAsync(bob, i);
        }

        await ShouldBeRefusedAsync(bob, 10);
        for (int i = 11; i < 19; i += 2)
        {
            bob.Frames("error").TryPeek(out _).Should().BeFalse("one refusal is enough");
            _clock.Advance(TimeSpan.FromMilliseconds(200));
            await ShouldBeAnsweredAsync(bob, i);
            await ShouldBeRefusedAsync(bob, i + 1);
        }
    }

    [Test]
    public async Task An_acknowledgement_waits_and_is_not_refused()
    {
        await using TestServer server = await StartAsync(options => (options.MaxMessagesPerSecond, options.MessageBurst) = (1, 2));
        await using EventClient bob = await server.ConnectAsync("session=bob&room=lobby&window=1");
        long first = await bob.EmitAsync("lobby");
        long second = await bob.EmitAsync("lobby");
        (await bob.NextIdsAsync(1)).Should().Equal(first);

        await bob.SendAsync(new { type = "ack", id = first });
        await bob.SendAsync(new { type = "nack", id = second });
        await bob.SendAsync(new { type = "ping", id = "1" });
        _clock.Advance(TimeSpan.FromSeconds(1));
        (await bob.NextIdsAsync(1)).Should().Equal(second);
        _clock.Advance(TimeSpan.FromSeconds(1));
        _clock.Advance(TimeSpan.FromSeconds(1));

        await ShouldBeAnsweredAsync(bob, 1);
        bob.Frames("error").TryPeek(out _).Should().BeFalse();
    }

    [Test]
    public async Task A_refused_message_has_no_effect_and_can_be_sent_again()
    {
        await using TestServer server = await StartAsync(options => (options.MaxMessagesPerSecond, options.MessageBurst) = (1, 1));
        await using EventClient bob = await server.ConnectAsync("session=bob&room=lobby");
        long first = await bob.EmitAsync("lobby", id: "a");
        await bob.SendAsync(new { type = "emit", @event = "e", to = "lobby", id = "b" });
        await ShouldBeRefusedAsync(bob, "b");

        _clock.Advance(TimeSpan.FromSeconds(1));
        long second = await bob.EmitAsync("lobby", id: "b");

        (await bob.NextIdsAsync(2)).Should().Equal(first, second);
    }

    [Test]
    public async Task The_connections_of_an_address_share_its_limit()
    {
        await using TestServer server = await StartAsync(
            options => (options.MaxMessagesPerSecondPerAddress, options.MessageBurstPerAddress) = (1, 3));
        await using EventClient one = await server.ConnectAsync();
        await using EventClient two = await server.ConnectAsync();
        for (int i = 0; i < 3; i++)
        {
            await one.PingAsync();
        }

        await two.SendAsync(new { type = "ping", id = "1" });

        await ShouldBeRefusedAsync(two, 1);
    }

    [Test]
    public async Task A_client_that_waits_for_its_rate_does_not_delay_a_stop()
    {
        await using TestServer server = await StartAsync(options => (options.MaxMessagesPerSecond, options.MessageBurst) = (1, 1));
        await using EventClient bob = await server.ConnectAsync();
        await bob.PingAsync();
        await bob.SendAsync(new { type = "ping", id = "1" });
        await ShouldBeRefusedAsync(bob, 1);

        await server.DisposeAsync();

        (await bob.CloseCodeAsync()).Should().Be(1001);
    }

    [Test]
    public async Task One_connection_too_many_of_an_address_is_closed_with_1013_until_another_has_ended()
    {
        await using TestServer server = await StartAsync(options => options.MaxConnectionsPerAddress = 2);
        await using EventClient one = await server.ConnectAsync();
        await using EventClient two = await server.ConnectAsync();

        await using (EventClient refused = await server.OpenAsync())
        {
            (await refused.CloseCodeAsync()).Should().Be(1013);
        }

        await one.PingAsync();
        await two.CloseAsync();
        (await TryUntilWelcomeAsync(server)).Should().BeTrue();
    }

    // The server counts a connection until it has finished with it, which is later than the client.
    private static async Task<bool> TryUntilWelcomeAsync(TestServer server)
    {
        for (int i = 0; i < 1000; i++)
        {
            await using EventClient client = await server.OpenAsync();
            if (await client.Frames("welcome").WaitToReadAsync())
            {
                return true;
            }
        }

        return false;
    }

    private static async Task ShouldBeAnsweredAsync(EventClient client, int number) =>
        (await client.NextAsync("pong")).GetProperty("ref").GetString().Should().Be($"{number}");

    private static Task ShouldBeRefusedAsync(EventClient client, int number) => ShouldBeRefusedAsync(client, $"{number}");

    private static async Task ShouldBeRefusedAsync(EventClient client, string reference)
    {
        JsonElement error = await client.NextAsync("error");
        error.GetProperty("code").GetString().Should().Be("rate_limited");
        error.GetProperty("ref").GetString().Should().Be(reference);
    }

    private Task<TestServer> StartAsync(Action<MessageQueueOptions> configure) => ClockServer.StartAsync(_clock, configure);
}

using MessageQueue.Client;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Clients.DotNet;

/// <summary>Events that the app reads one after the other.</summary>
internal sealed class ReadingTests : ClientFixture
{
    private MessageQueue.Namespace All => Server.Server.Of("/");

    [Test]
    public async Task Events_are_read_and_acknowledged_one_by_one()
    {
        ClientProbe ann = await InLobbyAsync("ann");
        await All.To("lobby").EmitAsync("order", "tea");
        await All.To("lobby").EmitAsync("order", "cake");
        List<string> read = [];

        await foreach (MessageQueue.Client.ReceivedEvent<string> one in ann.Client.EventsAsync<string>("order"))
        {
            read.Add(one.Data);
            await one.AckAsync();
            if (read.Count == 2)
            {
                break;
            }
        }

        read.Should().Equal("tea", "cake");
        await ann.DisposeAsync();
        (await PendingAsync("ann")).Should().Be(0);
    }

    [Test]
    public async Task What_is_not_acknowledged_when_the_reading_ends_comes_again()
    {
        ClientProbe ann = await InLobbyAsync("ann");
        await All.To("lobby").EmitAsync("order", "tea");

        (await FirstAsync(ann)).Redelivered.Should().BeFalse();
        MessageQueue.Client.ReceivedEvent<string> again = await FirstAsync(ann);

        again.Redelivered.Should().BeTrue();
        again.Data.Should().Be("tea");
    }

    [Test]
    public async Task An_event_can_be_asked_for_again()
    {
        ClientProbe ann = await InLobbyAsync("ann");
        await All.To("lobby").EmitAsync("order", "tea");
        List<bool> redelivered = [];

        await foreach (MessageQueue.Client.ReceivedEvent<string> one in ann.Client.EventsAsync<string>("order"))
        {
            redelivered.Add(one.Redelivered);
            if (redelivered.Count == 2)
            {
                await one.AckAsync();
                break;
            }

            await one.NackAsync(TimeSpan.FromMilliseconds(1));
            // The first answer counts.
            await one.AckAsync();
        }

        redelivered.Should().Equal(false, true);
    }

    [Test]
    public async Task What_is_not_read_fills_the_window_and_no_more()
    {
        const int Events = 100;
        ClientProbe ann = await InLobbyAsync("ann", options => options.Window = 5);
        IAsyncEnumerable<MessageQueue.Client.ReceivedEvent<int>> events = ann.Client.EventsAsync<int>("order");
        for (int i = 0; i < Events; i++)
        {
            await All.To("lobby").EmitAsync("order", i);
        }

        // The answer to a later request shows that nothing else was sent before it.
        await ann.Client.EmitAsync("other", 0, "@ann").OrTimeout();
        ann.Client.Owed.Should().BeLessThanOrEqualTo(5, "the rest waits on the server");

        int next = 0;
        await foreach (MessageQueue.Client.ReceivedEvent<int> one in events)
        {
            one.Data.Should().Be(next++);
            await one.AckAsync();
            if (next == Events)
            {
                break;
            }
        }
    }

    [Test]
    public async Task Data_of_another_type_comes_again_and_is_told()
    {
        ClientProbe ann = await InLobbyAsync("ann");
        await All.To("lobby").EmitAsync("order", new { item = "tea" });
        await All.To("lobby").EmitAsync("order", "cake");

        (await FirstAsync(ann)).Data.Should().Be("cake");

        (await ann.NoticeAsync(ClientNoticeKind.HandlerFailed)).Exception.Should().BeOfType<System.Text.Json.JsonException>();
    }

    [Test]
    public async Task A_name_has_handlers_or_readers()
    {
        await using MessageQueueClient client = new(new() { Url = Proxy.Url });
        using IDisposable handler = client.On<int>("a", _ => Task.CompletedTask);
        _ = client.EventsAsync<int>("b");

        client.Invoking(one => one.EventsAsync<int>("a")).Should().Throw<InvalidOperationException>();
        client.Invoking(one => one.On<int>("b", _ => Task.CompletedTask)).Should().Throw<InvalidOperationException>();
        handler.Dispose();
        client.Invoking(one => one.EventsAsync<int>("a")).Should().NotThrow();
    }

    private static async Task<MessageQueue.Client.ReceivedEvent<string>> FirstAsync(ClientProbe client)
    {
        using CancellationTokenSource timeout = new(Timeouts.Limit);
        await foreach (MessageQueue.Client.ReceivedEvent<string> one in client.Client.EventsAsync<string>("order", timeout.Token))
        {
            return one;
        }

        throw new InvalidOperationException("the reading ended");
    }
}

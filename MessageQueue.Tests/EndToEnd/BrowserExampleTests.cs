using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.EndToEnd;

/// <summary>The browser example of the README does what the README says.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class BrowserExampleTests
{
    [Test]
    public async Task The_page_handles_each_event_once_and_acknowledges_all()
    {
        Requires.NodeWebSocket();
        await using TestServer server = await TestServer.StartAsync();
        await using EventClient bob = await server.ConnectAsync("session=bob");
        (string log, long handled) = await HandleOneWithoutAcknowledgingAsync(server, bob);

        // A window of 1: an event comes only when the one before it has been acknowledged.
        await using BrowserPage page = Open(server, new { log, id = handled });
        await bob.EmitAsync("lobby", data: "second");
        await bob.EmitAsync("lobby", data: "third");

        (await page.NextLineAsync()).Should().Be("bob: second", "the first is a repeat, but the page did this: {0}", page);
        (await page.NextLineAsync()).Should().Be("bob: third");
    }

    [Test]
    public async Task Numbers_of_another_log_do_not_count()
    {
        Requires.NodeWebSocket();
        await using TestServer server = await TestServer.StartAsync();
        await using EventClient bob = await server.ConnectAsync("session=bob");
        await HandleOneWithoutAcknowledgingAsync(server, bob);

        await using BrowserPage page = Open(server, new { log = "another", id = 1_000_000 });

        (await page.NextLineAsync()).Should().Be("bob: first");
    }

    [Test]
    public async Task After_a_restore_the_page_skips_events_from_before_the_backup_and_shows_new_ones()
    {
        Requires.NodeWebSocket();
        using TemporaryDirectory data = new();
        using TemporaryDirectory copy = new();
        (string Log, long Number) handled;
        await using (TestServer server = await TestServer.StartAsync(data))
        await using (EventClient bob = await server.ConnectAsync("session=bob"))
        {
            handled = await HandleOneWithoutAcknowledgingAsync(server, bob);
            MessageQueueLog.Backup(data.FullName, copy.FullName);
        }

        await using TestServer restored = await TestServer.StartAsync(copy);
        await using BrowserPage page = Open(restored, new { log = handled.Log, id = handled.Number + 1_000_000 });
        await using EventClient carol = await restored.ConnectAsync("session=carol");
        await carol.EmitAsync("lobby", data: "second");

        (await page.NextLineAsync()).Should().Be("carol: second", "the first is in both logs, but the page did this: {0}", page);
    }

    private static BrowserPage Open(TestServer server, object last) =>
        BrowserPage.Open($"{server.Url.Replace("http:", "ws:")}/?session=alice&room=lobby&window=1", last);

    private static async Task<(string Log, long Number)> HandleOneWithoutAcknowledgingAsync(TestServer server, EventClient bob)
    {
        await using EventClient alice = await server.ConnectAsync("session=alice&room=lobby");
        await bob.EmitAsync("lobby", data: "first");
        long number = (await alice.NextAsync("event")).Id();
        await alice.CloseAsync();
        return (alice.Welcome.GetProperty("log").GetString()!, number);
    }
}

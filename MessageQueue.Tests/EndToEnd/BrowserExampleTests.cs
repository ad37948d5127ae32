namespace MessageQueue.Tests.EndToEnd;

/// <summary>The browser example of the README does what the README says.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class BrowserExampleTests
{
    [Test]
    public async Task It_handles_each_event_once_and_acknowledges_all()
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

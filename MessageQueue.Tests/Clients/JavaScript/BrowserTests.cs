using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;
using Microsoft.Playwright;

namespace MessageQueue.Tests.Clients.JavaScript;

/// <summary>The JavaScript client in the tabs of a real browser. The names are the cases of docs/clients.md.</summary>
internal sealed class BrowserTests : BrowserFixture
{
    // A page keeps in `localStorage` what it has handled, so that a reload does not hide a repeat.
    private const string Html = """
        <!DOCTYPE html>
        <title>A page</title>
        <script type="module">
        import { connect } from "/messagequeue.js";
        globalThis.client = connect("/", { rooms: ["lobby"], retryDelay: 20, ...JSON.parse(localStorage.options ?? "{}") });
        client.on("chat", text => {
          localStorage.handled = (localStorage.handled ?? "") + text + " ";
        });
        </script>
        """;

    private const string EmitText = "text => { client.emit('chat', text, { to: 'lobby', echo: false }); }";

    private TestServer _server = null!;
    private FaultProxy _proxy = null!;
    private EventClient _bob = null!;
    private IBrowserContext _profile = null!;

    [SetUp]
    public async Task SetUp()
    {
        _server = await TestServer.StartAsync();
        _proxy = new FaultProxy(_server.Url);
        _bob = await _server.ConnectAsync("session=bob&room=lobby");
        _profile = await Browser.NewProfileAsync();
        await _profile.RouteAsync("**/page.html", route => route.FulfillAsync(new() { ContentType = "text/html", Body = Html }));
    }

    [TearDown]
    public async Task TearDown()
    {
        await _profile.CloseAsync();
        await _bob.DisposeAsync();
        await _proxy.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Test]
    public async Task Reload_resumes()
    {
        IPage page = await OpenAsync();
        string session = await SessionAsync(page);
        await EmitAsync("1", "2");
        await HandledAsync(page, "1 2 ");

        await page.ReloadAsync();
        await OpenedAsync(page);
        await EmitAsync("3");
        await HandledAsync(page, "1 2 3 ");

        (await SessionAsync(page)).Should().Be(session);
    }

    [Test]
    public async Task A_reload_does_not_repeat_an_event_whose_acknowledgement_was_lost()
    {
        IPage page = await OpenAsync();
        // Acknowledgements wait for a timer that never fires, and the page cannot say goodbye.
        await page.EvaluateAsync("() => { globalThis.setTimeout = () => 0; client.observe('counts', () => 0); }");
        await page.EvaluateAsync("() => addEventListener('pagehide', event => event.stopImmediatePropagation(), true)");
        await EmitAsync("1");
        await HandledAsync(page, "1 ");
        _proxy.Cut();

        await page.ReloadAsync();
        await OpenedAsync(page);
        await EmitAsync("2");

        await HandledAsync(page, "1 2 ");
    }

    [Test]
    public async Task What_the_page_remembers_of_events_stays_small()
    {
        IPage page = await OpenAsync();
        string[] texts = [.. Enumerable.Range(0, 1_000).Select(i => $"{i}")];
        await EmitAsync(texts);

        await HandledAsync(page, string.Concat(texts.Select(text => $"{text} ")));

        // The server confirms what it has got of the acknowledgements, so that their numbers can be forgotten.
        await page.WaitForFunctionAsync("() => JSON.parse(Object.values(sessionStorage)[0]).handled.length < 300").OrTimeout();
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Copied_tab_gets_its_own_session(bool hasLocks)
    {
        if (!hasLocks)
        {
            await _profile.AddInitScriptAsync("Object.defineProperty(Navigator.prototype, 'locks', { value: undefined });");
        }

        IPage page = await OpenAsync();
        string session = await SessionAsync(page);
        IPage copy = await page.RunAndWaitForPopupAsync(() => page.EvaluateAsync("() => { window.open('/page.html'); }"));
        await OpenedAsync(copy);
        string other = await SessionAsync(copy);
        if (hasLocks)
        {
            (await SessionAsync(page)).Should().Be(session);
        }

        await page.WaitForFunctionAsync("other => client.state.status === 'open' && client.session !== other", other);
        // Both get what is sent; they share the storage in which they note it.
        await EmitAsync("1");
        await HandledAsync(page, "1 1 ");
    }

    [Test]
    public async Task Hidden_tab_stays_connected()
    {
        // As browsers do with a tab that has been hidden for a while: timers come once a minute.
        await _profile.AddInitScriptAsync("""
            Object.defineProperty(Document.prototype, "visibilityState", { get: () => "hidden" });
            const setTimer = globalThis.setTimeout;
            globalThis.setTimeout = (work, delay) => setTimer(work, Math.max(delay, 60_000));
            """);
        IPage page = await OpenAsync("""{"window":1}""");

        // With a window of 1 the next event comes only when the one before is acknowledged.
        await EmitAsync([.. Enumerable.Range(0, 20).Select(i => $"{i}")]);

        await HandledAsync(page, string.Concat(Enumerable.Range(0, 20).Select(i => $"{i} ")));
    }

    [Test]
    public async Task A_frozen_tab_catches_up()
    {
        IPage page = await OpenAsync();
        ICDPSession devTools = await _profile.NewCDPSessionAsync(page);
        await devTools.SendAsync("Page.setWebLifecycleState", new() { ["state"] = "frozen" });
        await EmitAsync("1", "2", "3");
        await devTools.SendAsync("Page.setWebLifecycleState", new() { ["state"] = "active" });

        await HandledAsync(page, "1 2 3 ");
    }

    [Test]
    public async Task Offline_emits_survive_a_reload()
    {
        IPage page = await EmitOfflineAsync();

        await page.ReloadAsync();
        await page.WaitForFunctionAsync("() => client.state.status === 'waiting' && client.unsent === 2");
        await page.EvaluateAsync(EmitText, "3");
        _proxy.Refuses = false;
        await page.WaitForFunctionAsync("() => client.state.status === 'open' && client.unsent === 0");

        (await BobGetsAsync(4)).Should().Equal("online", "1", "2", "3");
        await _bob.ShouldHaveNoEventAsync();
    }

    [Test]
    public async Task Offline_emits_survive_their_tab()
    {
        IPage page = await EmitOfflineAsync();
        IPage other = await NewTabAsync("""{"outbox":"indexeddb"}""");
        await other.WaitForFunctionAsync("() => client.state.status === 'waiting'");
        (await other.EvaluateAsync<int>("() => client.unsent")).Should().Be(0, "the tab is still there");
        await page.CloseAsync();
        await other.ReloadAsync();
        await other.WaitForFunctionAsync("() => client.state.status === 'waiting' && client.unsent === 2");
        _proxy.Refuses = false;

        (await BobGetsAsync(3)).Should().Equal("online", "1", "2");
        await other.WaitForFunctionAsync("() => client.unsent === 0");
        await other.ReloadAsync();
        await OpenedAsync(other);
        (await other.EvaluateAsync<int>("() => client.unsent")).Should().Be(0);
        await _bob.ShouldHaveNoEventAsync();
    }

    // Opens a page that emits one event online and two offline, which are on the disk when this returns.
    private async Task<IPage> EmitOfflineAsync()
    {
        await _profile.RouteAsync("**/messagequeue.js", route => route.FulfillAsync(
            new() { ContentType = "text/javascript", Body = File.ReadAllText(NodeClient.Module) }));
        IPage page = await OpenAsync("""{"outbox":"indexeddb"}""");
        await page.EvaluateAsync("() => client.emit('chat', 'online', { to: 'lobby', echo: false })");
        _proxy.Refuses = true;
        _proxy.Cut();
        await page.WaitForFunctionAsync("() => client.state.status === 'waiting'");
        await page.EvaluateAsync(EmitText, "1");
        await page.EvaluateAsync(EmitText, "2");
        // Transactions end in their order, so this one ends after those of the emits.
        await page.EvaluateAsync("""
            () => new Promise(done => {
              const opening = indexedDB.open("messagequeue");
              opening.onsuccess = () => {
                opening.result.transaction("outbox", "readwrite").oncomplete = () => { opening.result.close(); done(); };
              };
            })
            """);
        return page;
    }

    private async Task<List<string?>> BobGetsAsync(int count)
    {
        List<string?> data = [];
        while (data.Count < count)
        {
            data.Add((await _bob.NextAsync("event")).GetProperty("data").GetString());
        }

        return data;
    }

    private static async Task HandledAsync(IPage page, string text) =>
        await page.WaitForFunctionAsync("text => localStorage.handled === text", text).OrTimeout();

    private static async Task OpenedAsync(IPage page) =>
        await page.WaitForFunctionAsync("() => globalThis.client?.state.status === 'open'").OrTimeout();

    private static Task<string> SessionAsync(IPage page) => page.EvaluateAsync<string>("() => client.session");

    private async Task<IPage> OpenAsync(string options = "{}")
    {
        IPage page = await NewTabAsync(options);
        await OpenedAsync(page);
        return page;
    }

    private async Task<IPage> NewTabAsync(string options)
    {
        IPage page = await _profile.NewPageAsync();
        await page.AddInitScriptAsync($"localStorage.options = `{options}`;");
        await page.GotoAsync($"{_proxy.Url}/page.html");
        return page;
    }

    private async Task EmitAsync(params string[] texts)
    {
        foreach (string text in texts)
        {
            await _bob.SendAsync(new { type = "emit", @event = "chat", to = "lobby", data = text, echo = false });
        }
    }
}

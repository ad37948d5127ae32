using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;
using Microsoft.Playwright;

namespace MessageQueue.Tests.Page;

/// <summary>What the page is for: it misses nothing, and sends everything once. With the real host, which is killed.</summary>
[CancelAfter(240_000)]
internal sealed class AwayTests : PageTests
{
    private TemporaryDirectory _data = null!;
    private HostProcess _host = null!;
    private FaultProxy _proxy = null!;

    [SetUp]
    public async Task SetUp()
    {
        _data = new TemporaryDirectory();
        _host = await HostProcess.StartAsync(_data.FullName);
        _proxy = new FaultProxy(_host.Url);
    }

    [TearDown]
    public async Task TearDown()
    {
        await _proxy.DisposeAsync();
        await _host.DisposeAsync();
        _data.Dispose();
    }

    [Test]
    public async Task Who_was_offline_gets_everything_once_and_in_order_although_the_host_was_killed()
    {
        ChatTab ann = await ComeAsync(_proxy.Url, "Ann");
        ChatTab bob = await ComeAsync(_proxy.Url, "Bob");
        await ann.SayAsync("0");
        await bob.ShouldHaveAsync("0");
        await bob.Online.ClickAsync();
        await bob.ShouldSayAsync("Offline.");
        await ann.SayAsync("1", "2", "3");
        await ann.ShouldBeAsync("3", "stored");

        await KillAndStartAsync();
        await ann.ConnectedAsync();
        await ann.SayAsync("4", "5");
        await ann.ShouldBeAsync("5", "stored");
        await bob.Online.ClickAsync();

        await bob.ShouldHaveAsync("0", "1", "2", "3", "4", "5");
        ILocator divider = bob.Page.Locator(".divider.away");
        await ChatTab.ShouldShowAsync(divider.GetByText("5 messages while you were away"));
        await ann.SayAsync("6");
        await bob.ShouldHaveAsync("0", "1", "2", "3", "4", "5", "6");
        await ChatTab.ShouldShowAsync(divider.GetByText("5 messages while you were away"));
        (await bob.Page.Locator(".divider.away + .message .text").TextContentAsync()).Should().Be("1");
        await ann.ShouldBeAsync("6", "seen by Bob");
    }

    [Test]
    public async Task What_was_written_offline_arrives_once_and_in_order_also_after_a_reload_and_a_killed_host()
    {
        ChatTab ann = await ComeAsync(_proxy.Url, "Ann");
        ChatTab bob = await ComeAsync(_proxy.Url, "Bob");
        await bob.Online.ClickAsync();
        await bob.SayAsync("1", "2");
        await bob.ShouldBeAsync("2", "waits to be sent");
        await KeptAsync(bob, 2);
        await bob.Page.ReloadAsync();
        await bob.ShouldSayAsync("Offline.");
        await bob.ShouldHaveAsync("1", "2");
        await bob.SayAsync("3");

        await KillAndStartAsync();
        await bob.Online.ClickAsync();

        await bob.ShouldBeAsync("3", "seen by Ann");
        await ann.ShouldHaveAsync("1", "2", "3");
        await bob.ShouldHaveAsync("1", "2", "3");
    }

    [Test]
    public async Task A_reload_resumes()
    {
        ChatTab ann = await ComeAsync(_proxy.Url, "Ann");
        ChatTab bob = await ComeAsync(_proxy.Url, "Bob");
        await ann.SayAsync("1");
        await bob.ShouldHaveAsync("1");
        await bob.SayAsync("2");
        await ann.ShouldHaveAsync("1", "2");
        string before = await SessionAsync(bob);

        await bob.Page.GotoAsync("about:blank");
        await ann.SayAsync("3");
        await ann.ShouldBeAsync("3", "stored");
        await bob.Page.GotoAsync(_proxy.Url);

        await bob.ShouldHaveAsync("1", "2", "3");
        await ChatTab.ShouldShowAsync(bob.Page.Locator(".divider.away").GetByText("1 message while you were away"));
        (await SessionAsync(bob)).Should().Be(before);
        await bob.Page.ReloadAsync();
        await bob.ShouldHaveAsync("1", "2", "3");
        await bob.ShouldBeAsync("2", "seen by Ann");
    }

    [Test]
    public async Task A_new_tab_goes_on_where_a_closed_one_has_left_and_a_second_one_is_another_session()
    {
        IBrowserContext profile = await NewProfileAsync();
        ChatTab first = Keep(await ChatTab.OpenAsync(profile, _proxy.Url, "Ann"));
        await first.SayAsync("1");
        await first.ShouldBeAsync("1", "stored");
        string session = await SessionAsync(first);
        ChatTab second = Keep(ChatTab.Of(await first.Page.RunAndWaitForPopupAsync(
            () => first.Page.EvaluateAsync("() => { open(location.href); }"))));
        await second.ConnectedAsync();
        (await SessionAsync(second)).Should().NotBe(session);
        await second.SayAsync("2");
        await first.ShouldHaveAsync("1", "2");
        await first.ConnectedAsync();

        await first.Page.CloseAsync();
        ChatTab third = Keep(await ChatTab.OpenAsync(profile, _proxy.Url));

        await third.ShouldHaveAsync("1", "2");
        (await SessionAsync(third)).Should().Be(session);
    }

    [Test]
    public async Task It_says_why_it_is_not_connected_and_when_it_tries_again()
    {
        ChatTab ann = await ComeAsync(_proxy.Url, "Ann");
        _proxy.Refuses = true;
        _proxy.Cut();
        await ann.ShouldSayAsync("Not connected: ");
        await ann.ShouldSayAsync("Next attempt at ");
        await ann.SayAsync("1");
        await ann.ShouldBeAsync("1", "waits to be sent");

        _proxy.Refuses = false;

        await ann.ShouldBeAsync("1", "stored");
        await ann.ConnectedAsync();
    }

    private async Task KillAndStartAsync()
    {
        await _host.KillAsync();
        await _host.DisposeAsync();
        _host = await HostProcess.StartAsync(_data.FullName);
        _proxy.PointTo(_host.Url);
    }

    private static Task<string> SessionAsync(ChatTab tab) => tab.Page.EvaluateAsync<string>(
        "() => Object.entries(sessionStorage).find(([key]) => key.startsWith('messagequeue-chat') && key.endsWith(' session'))[1]");

    // Waits until this many emits are in the outbox on disk.
    private static async Task KeptAsync(ChatTab tab, int count) => await tab.Page.WaitForFunctionAsync(
        """
        async count => {
          const database = await new Promise(done => {
            const opening = indexedDB.open("messagequeue");
            opening.onsuccess = () => done(opening.result);
          });
          const counting = database.transaction("outbox").objectStore("outbox").count();
          const found = await new Promise(done => counting.onsuccess = () => done(counting.result));
          database.close();
          return found === count;
        }
        """,
        count);
}

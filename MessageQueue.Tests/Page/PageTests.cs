using MessageQueue.Host.Page;
using MessageQueue.Tests.Clients.JavaScript;
using MessageQueue.Tests.EndToEnd;
using Microsoft.Playwright;

namespace MessageQueue.Tests.Page;

/// <summary>Tabs of a real browser, each for a person of their own, that keep to the page's policy.</summary>
internal abstract class PageTests : BrowserFixture
{
    private readonly List<ChatTab> _tabs = [];
    private readonly List<IBrowserContext> _profiles = [];

    [TearDown]
    public async Task CloseProfilesAsync()
    {
        foreach (IBrowserContext profile in _profiles)
        {
            await profile.CloseAsync();
        }

        string[] violations = [.. _tabs.SelectMany(tab => tab.Violations)];
        _tabs.Clear();
        _profiles.Clear();
        violations.Should().BeEmpty();
    }

    /// <summary>Starts a server in this process that has the page.</summary>
    protected static Task<TestServer> ServeAsync(Action<MessageQueueOptions>? configure = null) => TestServer.StartAsync(options =>
    {
        options.Fallback = ChatPage.AnswerAsync;
        configure?.Invoke(options);
    });

    /// <summary>Opens the page for somebody who was never there.</summary>
    protected async Task<ChatTab> ComeAsync(string url, string name) => Keep(await ChatTab.OpenAsync(await NewProfileAsync(), url, name));

    /// <summary>Has a tab's violations checked at the end.</summary>
    protected ChatTab Keep(ChatTab tab)
    {
        _tabs.Add(tab);
        return tab;
    }

    /// <summary>Begins a profile without anything.</summary>
    protected async Task<IBrowserContext> NewProfileAsync()
    {
        IBrowserContext profile = await Browser.NewProfileAsync();
        _profiles.Add(profile);
        return profile;
    }
}

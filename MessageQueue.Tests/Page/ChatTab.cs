using MessageQueue.Tests.Infrastructure;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace MessageQueue.Tests.Page;

/// <summary>A tab with the page, used as a person does: by what is written on it.</summary>
internal sealed class ChatTab
{
    private static readonly float Limit = (float)Timeouts.Limit.TotalMilliseconds;

    private readonly List<string> _violations = [];

    private ChatTab(IPage page)
    {
        Page = page;
        page.SetDefaultTimeout(Limit);
        page.PageError += (_, error) => _violations.Add(error);
        page.Console += (_, message) =>
        {
            if (message.Text.Contains("Content Security Policy", StringComparison.OrdinalIgnoreCase))
            {
                _violations.Add(message.Text);
            }
        };
    }

    /// <summary>The page.</summary>
    public IPage Page { get; }

    /// <summary>What the policy forbade and the page tried, and errors that nothing caught.</summary>
    public IReadOnlyCollection<string> Violations => _violations;

    /// <summary>The texts of the open conversation.</summary>
    public ILocator Texts => Page.Locator("#messages .text");

    /// <summary>The field for a message.</summary>
    public ILocator Field => Page.GetByLabel("Message", new() { Exact = true });

    /// <summary>The switch that takes the page offline.</summary>
    public ILocator Online => Page.GetByRole(AriaRole.Switch, new() { Name = "Online" });

    /// <summary>Opens the page.</summary>
    public static async Task<ChatTab> OpenAsync(IBrowserContext profile, string url)
    {
        ChatTab tab = new(await profile.NewPageAsync());
        await tab.Page.GotoAsync(url);
        return tab;
    }

    /// <summary>Opens the page for the first time in this profile, and tells it a name.</summary>
    public static async Task<ChatTab> OpenAsync(IBrowserContext profile, string url, string name)
    {
        ChatTab tab = await OpenAsync(profile, url);
        await tab.Page.GetByRole(AriaRole.Dialog).GetByLabel("Your name").FillAsync(name);
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Start" }).ClickAsync();
        await tab.ConnectedAsync();
        return tab;
    }

    /// <summary>A tab that the page itself opened.</summary>
    public static ChatTab Of(IPage page) => new(page);

    /// <summary>Waits until it is connected and has nothing more to get.</summary>
    public Task ConnectedAsync() => Expect(Page.GetByRole(AriaRole.Status)).ToHaveTextAsync("Connected", new() { Timeout = Limit });

    /// <summary>Waits until the line about the connection says this.</summary>
    public Task ShouldSayAsync(string text) => Expect(Page.Locator("#connection")).ToContainTextAsync(text, new() { Timeout = Limit });

    /// <summary>Writes messages.</summary>
    public async Task SayAsync(params string[] texts)
    {
        foreach (string text in texts)
        {
            await Field.FillAsync(text);
            await Field.PressAsync("Enter");
        }
    }

    /// <summary>Waits until the conversation is exactly this.</summary>
    public Task ShouldHaveAsync(params string[] texts) => Expect(Texts).ToHaveTextAsync(texts, new() { Timeout = Limit });

    /// <summary>Waits until an own message has this state.</summary>
    public Task ShouldBeAsync(string text, string state) =>
        Expect(Message(text).Locator(".state")).ToHaveTextAsync(state, new() { Timeout = Limit });

    /// <summary>The message with this text.</summary>
    public ILocator Message(string text) =>
        Page.Locator("#messages .message").Filter(new() { Has = Page.GetByText(text, new() { Exact = true }) });

    /// <summary>Waits until something is on the page.</summary>
    public static Task ShouldShowAsync(ILocator locator) => Expect(locator).ToBeVisibleAsync(new() { Timeout = Limit });

    /// <summary>Waits until nothing of this is on the page.</summary>
    public static Task ShouldNotShowAsync(ILocator locator) => Expect(locator).ToBeHiddenAsync(new() { Timeout = Limit });

    /// <summary>Waits until this has the focus.</summary>
    public static Task ShouldHaveFocusAsync(ILocator locator) => Expect(locator).ToBeFocusedAsync(new() { Timeout = Limit });
}

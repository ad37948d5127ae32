using Microsoft.Playwright;

namespace MessageQueue.Tests.Clients.JavaScript;

/// <summary>Chromium without a window.</summary>
internal sealed class Browser : IAsyncDisposable
{
    /// <summary>Where Debian installs it.</summary>
    public const string Path = "/usr/bin/chromium";

    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;

    private Browser(IPlaywright playwright, IBrowser browser)
    {
        _playwright = playwright;
        _browser = browser;
    }

    public static async Task<Browser> StartAsync()
    {
        IPlaywright playwright = await Playwright.CreateAsync();
        // No sandbox: the tests may run as root, in a container.
        IBrowser browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = Path, Args = ["--no-sandbox"] });
        return new Browser(playwright, browser);
    }

    /// <summary>Begins a profile of its own: storage and tabs that nobody else has.</summary>
    /// <remarks>For pages that a test makes up, Chromium would ask the user before they connect to 127.0.0.1.</remarks>
    public Task<IBrowserContext> NewProfileAsync() => _browser.NewContextAsync(new() { Permissions = ["local-network-access"] });

    public async ValueTask DisposeAsync()
    {
        await _browser.CloseAsync();
        _playwright.Dispose();
    }
}

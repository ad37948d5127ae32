using MessageQueue.Tests.EndToEnd;

namespace MessageQueue.Tests.Clients.JavaScript;

/// <summary>Tests that share one running browser.</summary>
internal abstract class BrowserFixture
{
    protected Browser Browser { get; private set; } = null!;

    [OneTimeSetUp]
    public async Task OpenBrowserAsync()
    {
        Requires.Chromium();
        Browser = await Browser.StartAsync();
    }

    [OneTimeTearDown]
    public async Task CloseBrowserAsync() => await (Browser?.DisposeAsync() ?? ValueTask.CompletedTask);
}

using MessageQueue.Tests.Embedding;
using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;
using Microsoft.Playwright;

namespace MessageQueue.Tests.Page;

/// <summary>Where the page has to work: below a path, with a token, beside another tab.</summary>
internal sealed class PlacesTests : PageTests
{
    [Test]
    public async Task It_works_below_a_path()
    {
        await using TestApp app = await PageFilesTests.StartBelowAsync("/base/path");
        ChatTab ann = await ComeAsync($"{app.Url}/base/path/", "Ann");
        ChatTab bob = await ComeAsync($"{app.Url}/base/path/", "Bob");

        await ann.SayAsync("Hello");

        await bob.ShouldHaveAsync("Hello");
        await ann.Page.GetByLabel("Namespace").FillAsync("/team one");
        await ann.Page.GetByRole(AriaRole.Button, new() { Name = "Enter" }).ClickAsync();
        await using EventClient carol = await app.ConnectAsync("/base/path/team%20one", "session=carol&room=lobby");
        await ann.ConnectedAsync();
        await carol.EmitAsync("lobby", "message", new { text = "In the team", name = "Carol" });
        await ann.ShouldHaveAsync("In the team");
    }

    [Test]
    public async Task A_server_with_a_token_is_asked_for_it()
    {
        using TemporaryDirectory data = new();
        await using HostProcess host = await HostProcess.StartAsync(data.FullName, "--token", "secret");
        ChatTab ann = Keep(await ChatTab.OpenAsync(await NewProfileAsync(), host.Url));
        await ann.Page.GetByRole(AriaRole.Dialog).GetByLabel("Your name").FillAsync("Ann");
        await ann.Page.Keyboard.PressAsync("Enter");
        await ann.ShouldSayAsync("Closed: ");
        await ann.SayAsync("Kept until there is a token");

        await ann.Page.GetByLabel("Token").FillAsync("wrong");
        await ann.Page.GetByRole(AriaRole.Button, new() { Name = "Connect", Exact = true }).ClickAsync();
        await ann.ShouldSayAsync("Closed: ");
        await ann.Page.GetByLabel("Token").FillAsync("secret");
        await ann.Page.GetByRole(AriaRole.Button, new() { Name = "Connect", Exact = true }).ClickAsync();

        await ann.ConnectedAsync();
        await ann.ShouldBeAsync("Kept until there is a token", "stored");
        await ann.Page.ReloadAsync();
        await ann.ConnectedAsync();
    }
}

using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Clients.JavaScript;

/// <summary>The README's example for browsers does what the README says.</summary>
internal sealed class ReadmeExampleTests
{
    private const string ShownUrl = "http://127.0.0.1:8080/\"";
    private const string Browser = """
        import { WebSocket } from "ws";
        globalThis.WebSocket = WebSocket;

        """;

    [Test]
    public async Task The_page_shows_each_event_once_while_it_is_open_and_after_a_restart_of_the_server()
    {
        Requires.NodeWebSocket();
        using TemporaryDirectory data = new();
        using TemporaryDirectory directory = new();
        string script = DocumentedScripts.Find("README.md", "messagequeue.js");
        script.Should().Contain(ShownUrl);
        HostProcess host = await HostProcess.StartAsync(data.FullName);
        await using FaultProxy proxy = new(host.Url);
        string path = DocumentedScripts.Write(directory, Browser + script.Replace(ShownUrl, proxy.Url + "\""));
        await using ChildProcess page = ChildProcess.Start("node", [path]);
        await ShowsAsync(page, "alice: hello");
        await ShowsAsync(page, "stored as ");

        await EmitAsync(host, "bob", "first");
        await ShowsAsync(page, "bob: first");
        await host.KillAsync();
        await host.DisposeAsync();
        await using HostProcess again = await HostProcess.StartAsync(data.FullName);
        proxy.PointTo(again.Url);
        await EmitAsync(again, "carol", "second");
        await ShowsAsync(page, "carol: second");

        page.Output.Lines.Where(line => line.Contains(": ", StringComparison.Ordinal))
            .Should().Equal("alice: hello", "bob: first", "carol: second");
    }

    private static Task<string> ShowsAsync(ChildProcess page, string text) =>
        page.Output.NextAsync(line => line.StartsWith(text, StringComparison.Ordinal), $"\"{text}\", but:\n{page.Error}\n");

    private static async Task EmitAsync(HostProcess host, string from, string text)
    {
        await using EventClient sender = await EventClient.ConnectAsync(host.Url, $"session={from}");
        await sender.EmitAsync("lobby", "chat", text);
    }
}

using System.Text.Json;
using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Clients.JavaScript;

/// <summary>The React hook of docs/clients.md, under StrictMode.</summary>
internal sealed class ReactTests
{
    [Test]
    public async Task Under_StrictMode_the_hook_has_one_connection_and_handles_each_event_once()
    {
        Requires.NodePackage("react-test-renderer");
        using TemporaryDirectory directory = new();
        string hook = DocumentedScripts.Write(directory, DocumentedScripts.Find("docs/clients.md", "export function useMessageQueue"));
        string driver = RepositoryRoot.Combine("MessageQueue.Tests", "node", "react-driver.mjs");
        await using TestServer server = await TestServer.StartAsync();
        await using EventClient bob = await server.ConnectAsync("session=bob");
        await using ChildProcess page = ChildProcess.Start("node", [driver, new Uri(hook).AbsoluteUri, server.Url]);
        await NextAsync(page, line => line.TryGetProperty("rendered", out JsonElement state) && state.GetString() == "open");

        await bob.EmitAsync("lobby", "chat", "hello");
        await HandledAsync(page, "first hello");
        await page.WriteAsync("update\n");
        await NextAsync(page, line => line.TryGetProperty("updated", out _));
        await page.WriteAsync("emit\n");
        await HandledAsync(page, "second from the page");
        server.Server.ConnectionCount.Should().Be(2, "one is Bob's");

        await page.WriteAsync("unmount\n");
        await NextAsync(page, line => line.TryGetProperty("sockets", out JsonElement sockets) && sockets.GetInt32() == 0);
        page.Output.Lines.Count(line => line.Contains("handled", StringComparison.Ordinal)).Should().Be(2);
        await using EventClient alice = await server.ConnectAsync("session=alice");
        alice.Welcome.GetProperty("pending").GetInt32().Should().Be(0);
    }

    private static Task<string> HandledAsync(ChildProcess page, string text) =>
        NextAsync(page, line => line.TryGetProperty("handled", out JsonElement handled) && handled.GetString() == text);

    private static Task<string> NextAsync(ChildProcess page, Func<JsonElement, bool> matches) => page.Output.NextAsync(
        line => line.StartsWith('{') && matches(JsonSerializer.Deserialize<JsonElement>(line)), $"a line, but:\n{page.Error}\n");
}

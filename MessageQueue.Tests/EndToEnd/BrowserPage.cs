using System.Text.Json;
using System.Text.RegularExpressions;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.EndToEnd;

/// <summary>The browser example of the README, run by Node with the globals that a browser has.</summary>
internal sealed partial class BrowserPage : IAsyncDisposable
{
    private const string ShownUrl = "ws://127.0.0.1:8080/?session=alice&room=lobby";

    private readonly ChildProcess _node;

    private BrowserPage(ChildProcess node) => _node = node;

    /// <summary>Where npm installs the package ws.</summary>
    public static string WebSocketPackage => RepositoryRoot.Combine("MessageQueue.Tests", "node", "node_modules", "ws");

    /// <summary>Opens the page.</summary>
    /// <param name="url">Replaces the address of the example.</param>
    /// <param name="last">The content of the page's local storage from an earlier visit.</param>
    public static BrowserPage Open(string url, object last)
    {
        string script = Script().Matches(File.ReadAllText(RepositoryRoot.Combine("README.md"))).Single().Groups[1].Value;
        script.Should().Contain(ShownUrl);
        string globals = $$"""
            globalThis.WebSocket = require({{JsonSerializer.Serialize(WebSocketPackage)}});
            globalThis.localStorage = { last: {{JsonSerializer.Serialize(JsonSerializer.Serialize(last))}} };

            """;
        return new BrowserPage(ChildProcess.Start("node", ["--eval", globals + script.Replace(ShownUrl, url)]));
    }

    /// <summary>Returns the next line of its console.</summary>
    public Task<string> NextLineAsync() => _node.Output.NextAsync(static _ => true, "a line of the page's console");

    public override string ToString() => $"{_node.Output}\n{_node.Error}";

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [GeneratedRegex("^```js\n(.*?)^```$", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Script();
}

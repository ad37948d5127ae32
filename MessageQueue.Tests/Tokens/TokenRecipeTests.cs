using System.Text.RegularExpressions;
using MessageQueue.Tests.Clients.JavaScript;
using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Tokens;

/// <summary>The recipes of docs/tokens.md for backends in other languages run as they stand there.</summary>
internal sealed partial class TokenRecipeTests
{
    [Test]
    public async Task The_recipe_in_Python_makes_tokens_that_the_server_takes()
    {
        Requires.Python();
        using TemporaryDirectory directory = new();
        string page = await File.ReadAllTextAsync(RepositoryRoot.Combine("docs", "tokens.md"));
        await File.WriteAllTextAsync(directory.Combine("mq.key"), TestKeys.Secret + "\n");
        await File.WriteAllTextAsync(directory.Combine("token.py"), Python().Match(page).Groups[1].Value);
        await using ChildProcess python = ChildProcess.Start("python3", ["token.py"], workingDirectory: directory.FullName);
        string token = await python.Output.NextAsync(static _ => true, "a token");
        await using TestServer server = await TestServer.StartAsync(
            options => options.Tokens.KeyFiles.Add(directory.Combine("mq.key")));

        await using EventClient ann = await server.ConnectAsync($"session=ann:phone&room=team-7&token={token}");

        ann.Welcome.GetProperty("session").GetString().Should().Be("ann:phone");
    }

    [Test]
    public async Task The_recipe_with_jose_makes_tokens_that_the_server_takes_with_keys_by_address()
    {
        Requires.NodePackage("jose");
        using TemporaryDirectory directory = new();
        string script = DocumentedScripts.Write(directory, DocumentedScripts.Find("docs/tokens.md", "generateKeyPair"));
        await using ChildProcess node = ChildProcess.Start("node", [script]);
        string issuer = $"http://127.0.0.1:{await node.Output.NextAsync(static _ => true, "a port")}";
        using HttpClient http = new();
        string token = await http.GetStringAsync(issuer + "/token").OrTimeout();
        await using TestServer server = await TestServer.StartAsync(options => options.Tokens.JwksUrl = issuer + "/jwks.json");

        await using EventClient ann = await server.ConnectAsync($"session=ann:phone&room=lobby&token={token}");

        ann.Welcome.GetProperty("session").GetString().Should().Be("ann:phone");
        await using EventClient eve = await server.OpenAsync($"session=eve&token={token}");
        (await eve.CloseCodeAsync()).Should().Be(1008);
    }

    [GeneratedRegex("^```python\n(.*?)^```$", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Python();
}

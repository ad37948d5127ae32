using System.Text.Json;
using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Tokens;

/// <summary>Tokens that another library has made: npm's jose, for the recipe of docs/tokens.md.</summary>
internal sealed class JoseTests
{
    [Test]
    public async Task Tokens_of_another_library_are_accepted_and_its_wrong_ones_are_not()
    {
        Requires.NodePackage("jose");
        using TemporaryDirectory directory = new();
        Dictionary<string, string> tokens = await MintAsync();
        File.WriteAllText(directory.Combine("secret"), TestKeys.Secret);
        File.WriteAllText(directory.Combine("keys.json"), TestKeys.Set(TestKeys.Jwk(TestKeys.Rsa, "r"), TestKeys.Jwk(TestKeys.Ecdsa, "e")));
        await using TestServer server = await TestServer.StartAsync(options =>
        {
            options.AuthorizeConnect = null;
            options.Tokens.KeyFiles.Add(directory.Combine("secret"));
            options.Tokens.KeyFiles.Add(directory.Combine("keys.json"));
            options.Tokens.Audience = "mq";
        });

        foreach ((string name, string token) in tokens)
        {
            await using EventClient client = await server.OpenAsync($"room=team-7&token={token}");
            if (name.StartsWith("good", StringComparison.Ordinal))
            {
                (await client.NextAsync("welcome")).GetProperty("session").GetString().Should().Be("ann", name);
            }
            else
            {
                (await client.CloseCodeAsync()).Should().Be(name == "expired" ? 4003 : 1008, name);
            }
        }

        tokens.Keys.Should().HaveCount(12);
    }

    private static async Task<Dictionary<string, string>> MintAsync()
    {
        string script = RepositoryRoot.Combine("MessageQueue.Tests", "node", "mint.mjs");
        await using ChildProcess node = ChildProcess.Start("node", [script]);
        await node.WriteAndEndAsync(JsonSerializer.Serialize(new
        {
            secret = TestKeys.Secret,
            rsa = TestKeys.Rsa.ExportPkcs8PrivateKeyPem(),
            rsaPublic = TestKeys.Rsa.ExportSubjectPublicKeyInfoPem(),
            otherRsa = TestKeys.OtherRsa.ExportPkcs8PrivateKeyPem(),
            ecdsa = TestKeys.Ecdsa.ExportPkcs8PrivateKeyPem(),
        }));
        string output = await node.Output.NextAsync(static _ => true, "tokens");
        return JsonSerializer.Deserialize<Dictionary<string, string>>(output)!;
    }
}

using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Tokens;

/// <summary>The console host with keys for users' tokens and tokens of operators.</summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class TokenHostTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Test]
    public async Task Users_connect_with_their_own_tokens_and_operators_with_theirs()
    {
        await File.WriteAllTextAsync(_directory.Combine("mq.key"), TestKeys.Secret);
        await using HostProcess host = await HostProcess.StartAsync(
            _directory.Combine("data"),
            "--token-key", _directory.Combine("mq.key"), "--operator-token", "writer", "--operator-read-token", "reader");
        string token = TestToken.Hs256(new { sub = "ann", exp = DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 600 });

        await using EventClient ann = await EventClient.ConnectAsync(host.Url, $"token={token}");
        await using EventClient eve = await EventClient.OpenAsync(host.Url, "session=eve");

        (await eve.CloseCodeAsync()).Should().Be(1008, "without a token nobody connects");
        (await RunAsync(host, ["sessions", "--token", "reader"])).Should().Be(0);
        (await RunAsync(host, ["sessions"])).Should().Be(4);
        (await RunAsync(host, ["sessions", "--token", token])).Should().Be(4);
        (await RunAsync(host, ["end", "ann", "--token", "reader"])).Should().Be(4);
        await ann.PingAsync();
        (await RunAsync(host, ["end", "ann"], ("MESSAGEQUEUE_OPERATOR_TOKEN", "writer"), ("MESSAGEQUEUE_TOKEN", "other"))).Should().Be(0);
        (await ann.CloseCodeAsync()).Should().Be(4002);
    }

    [Test]
    public async Task A_key_file_that_cannot_be_used_is_one_line_and_exit_code_2()
    {
        await File.WriteAllTextAsync(_directory.Combine("mq.key"), "short");
        await using HostProcess host = HostProcess.Launch(
            ["--url", "http://127.0.0.1:0", "--data", _directory.Combine("data"), "--token-key", _directory.Combine("mq.key")]);

        (await host.ExitAsync()).Should().Be(2);

        host.Error.Lines.Should().ContainSingle().Which.Should().Contain("the secret has 5 bytes; HS256 needs 32 or more");
    }

    private async Task<int> RunAsync(HostProcess host, string[] command, params (string Name, string Value)[] variables)
    {
        await using HostProcess process = HostProcess.Launch(
            [.. command, "--url", host.Url], variables.ToDictionary(variable => variable.Name, variable => variable.Value),
            _directory.FullName);
        return await process.ExitAsync();
    }
}

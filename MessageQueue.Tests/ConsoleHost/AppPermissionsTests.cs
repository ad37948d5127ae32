using MessageQueue.Host;
using MessageQueue.Host.Settings;
using Microsoft.AspNetCore.Http;

namespace MessageQueue.Tests.ConsoleHost;

internal sealed class PermissionsTests
{
    [TestCase(null, true)]
    [TestCase("anything", true)]
    public async Task Without_a_token_everybody_may_connect(string? presented, bool allowed) =>
        (await MayConnectAsync(token: null, presented)).Should().Be(allowed);

    [TestCase("s3cret", true)]
    [TestCase("S3cret", false)]
    [TestCase("s3cre", false)]
    [TestCase("", false)]
    [TestCase(null, false)]
    public async Task A_client_has_to_present_the_token_if_one_is_set(string? presented, bool allowed) =>
        (await MayConnectAsync(token: "s3cret", presented)).Should().Be(allowed);

    [Test]
    public async Task A_connected_client_may_join_and_emit()
    {
        HostSettings settings = new() { Token = "s3cret" };
        Permissions.Open(settings);

        (await settings.Server.AuthorizeJoin!(new JoinRequest("/", "alice", "lobby"))).Should().BeTrue();
        (await settings.Server.AuthorizeEmit!(new EmitRequest("/", "alice", "hello", ["lobby"]))).Should().BeTrue();
    }

    [TestCase(null, null, true)]
    [TestCase("s3cret", "s3cret", true)]
    [TestCase("s3cret", "s3cre", false)]
    [TestCase("s3cret", null, false)]
    public async Task Operators_present_the_same_token(string? token, string? presented, bool allowed)
    {
        HostSettings settings = new() { Token = token };
        Permissions.Open(settings);

        (await settings.Server.AuthorizeOperate!(new OperateRequest(Operation.EndSession, "/", presented, new DefaultHttpContext())))
            .Should().Be(allowed);
    }

    private static async Task<bool> MayConnectAsync(string? token, string? presented)
    {
        HostSettings settings = new() { Token = token };
        Permissions.Open(settings);
        return await settings.Server.AuthorizeConnect!(new ConnectRequest("/", "alice", presented, new DefaultHttpContext()));
    }
}

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

    // Which of four tokens may read and which may write, by what is set: --token (t), users' tokens (u), operators (o), readers (r).
    [TestCase("", "torx", "torx")]
    [TestCase("t", "t", "t")]
    [TestCase("u", "", "")]
    [TestCase("tu", "t", "t")]
    [TestCase("to", "o", "o")]
    [TestCase("tor", "or", "o")]
    [TestCase("tr", "tr", "t")]
    [TestCase("o", "o", "o")]
    [TestCase("r", "r", "")]
    [TestCase("uo", "o", "o")]
    public async Task Operators_may_have_tokens_of_their_own_and_some_only_read(string set, string readers, string writers)
    {
        HostSettings settings = new()
        {
            Token = set.Contains('t') ? "t" : null,
            OperatorToken = set.Contains('o') ? "o" : null,
            OperatorReadToken = set.Contains('r') ? "r" : null,
        };
        settings.Server.Tokens.Secret = set.Contains('u') ? new string('s', 32) : null;
        Permissions.Open(settings);

        async Task<string> AllowedAsync(Operation operation)
        {
            string allowed = "";
            foreach (char token in "torx")
            {
                OperateRequest request = new(operation, "/", token.ToString(), new DefaultHttpContext());
                allowed += await settings.Server.AuthorizeOperate!(request) ? token : "";
            }

            return allowed;
        }

        (await AllowedAsync(Operation.ListRooms)).Should().Be(readers);
        (await AllowedAsync(Operation.EndSession)).Should().Be(writers);
    }

    [Test]
    public async Task With_keys_for_users_tokens_only_those_and_the_token_let_a_client_in()
    {
        HostSettings settings = new() { Token = "t" };
        settings.Server.Tokens.Secret = new string('s', 32);
        Permissions.Open(settings);
        (await settings.Server.AuthorizeConnect!(new ConnectRequest("/", "a", "t", new DefaultHttpContext()))).Should().BeTrue();

        settings.Token = null;
        Permissions.Open(settings);
        (await settings.Server.AuthorizeConnect!(new ConnectRequest("/", "a", null, new DefaultHttpContext()))).Should().BeFalse();
    }

    private static async Task<bool> MayConnectAsync(string? token, string? presented)
    {
        HostSettings settings = new() { Token = token };
        Permissions.Open(settings);
        return await settings.Server.AuthorizeConnect!(new ConnectRequest("/", "alice", presented, new DefaultHttpContext()));
    }
}

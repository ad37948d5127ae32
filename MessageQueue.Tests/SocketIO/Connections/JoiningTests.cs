using System.Text;
using System.Text.Json;
using MessageQueue.Commands;
using MessageQueue.Connections;
using MessageQueue.Protocol;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.SocketIO.Connections;

/// <summary>How a client joins and leaves namespaces.</summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class JoiningTests : IAsyncDisposable
{
    private readonly SocketIOHarness _server = new(options => options.MaxNamespaces = 2);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Test]
    public async Task A_client_gets_the_public_address_of_its_session_and_a_private_id()
    {
        (_, JsonElement connect) = await _server.ConnectAsync();

        string sid = connect.GetProperty("sid").GetString()!;
        string pid = connect.GetProperty("pid").GetString()!;
        sid.Should().StartWith("~");
        pid.Should().StartWith($"{_server.Broker.Broker.LogIdentity.Id:n}.").And.NotContain(sid);
    }

    [Test]
    public async Task Without_recovery_a_client_gets_an_address_only()
    {
        _server.Options.ConnectionStateRecovery = false;

        (_, JsonElement connect) = await _server.ConnectAsync();

        connect.EnumerateObject().Select(member => member.Name).Should().Equal("sid");
    }

    [Test]
    public async Task A_client_may_name_its_session()
    {
        (_, JsonElement connect) = await _server.ConnectAsync("""{"session":"alice"}""");

        connect.GetProperty("sid").GetString().Should().Be("alice");
    }

    [Test]
    public async Task Namespaces_share_a_connection()
    {
        FakeEngine client = _server.Open();

        await client.SendAsync("0", "0/chat,");

        (await client.NextAsync()).Should().StartWith("""0{"sid":""");
        (await client.NextAsync()).Should().StartWith("""0/chat,{"sid":""");
        await client.SendAsync("""2/chat,1["echo",1]""", """22["echo",2]""");
        (await client.NextAsync()).Should().Be("3/chat,1[1]");
        (await client.NextAsync()).Should().Be("32[2]");
    }

    [TestCase("/random")]
    [TestCase("/socket.io")]
    [TestCase("/chat/")]
    public async Task A_namespace_that_the_app_does_not_know_is_refused(string ns)
    {
        FakeEngine client = _server.Open();

        await client.SendAsync($"0{ns}");

        (await client.NextAsync()).Should().Be($$"""4{{ns}},{"message":"Invalid namespace"}""");
        client.ClosedWith.Should().BeNull();
    }

    [Test]
    public async Task Any_namespace_is_there_if_the_option_says_so()
    {
        _server.Options.AllowAnyNamespace = true;
        FakeEngine client = _server.Open();

        await client.SendAsync("0/random");

        (await client.NextAsync()).Should().StartWith("0/random,{");
    }

    [Test]
    public async Task A_client_joins_a_limited_number_of_namespaces()
    {
        _server.Options.AllowAnyNamespace = true;
        FakeEngine client = _server.Open();
        await client.SendAsync("0/a", "0/b", "0/c");

        (await client.NextAsync()).Should().StartWith("0/a,");
        (await client.NextAsync()).Should().StartWith("0/b,");
        (await client.NextAsync()).Should().Be("""4/c,{"message":"a connection may join 2 namespaces at most"}""");

        await client.SendAsync("1/a,", "0/c");
        (await client.NextAsync()).Should().StartWith("0/c,{", "one that was left makes room");
    }

    [TestCase("""{"token":"bad"}""", "not allowed: the token or the session")]
    [TestCase("""{"session":""}""", "auth.session has to be 1 to 128 characters of Unicode")]
    [TestCase("""{"session":1}""", "auth.session has to be 1 to 128 characters of Unicode")]
    [TestCase("""{"session":"\ud800"}""", "auth has to be Unicode")]
    [TestCase("""{"session":"~unknown"}""", "this session does not exist or has expired; connect without it to get a new one")]
    public async Task A_client_that_is_not_allowed_gets_a_connect_error(string auth, string message)
    {
        FakeEngine client = _server.Open();

        await client.SendAsync($"0{auth}");

        (await client.NextAsync()).Should().Be($$"""4{"message":"{{message}}"}""");
        await client.SendAsync("0");
        (await client.NextAsync()).Should().StartWith("0{", "it may try again");
    }

    [Test]
    public async Task A_middleware_refuses_with_a_message_and_data()
    {
        JsonElement auth = default;
        _server.App.OnAdmit = client =>
        {
            auth = client.Handshake.Auth;
            return CloseReason.Refused("no", Encoding.UTF8.GetBytes("""{"why":1}"""));
        };
        FakeEngine client = _server.Open();

        await client.SendAsync("""0{"more":[1]}""");

        (await client.NextAsync()).Should().Be("""4{"message":"no","data":{"why":1}}""");
        auth.GetRawText().Should().Be("""{"more":[1]}""");
    }

    [TestCase("""2["echo"]""", TestName = "An_event_before_CONNECT_closes")]
    [TestCase("1", TestName = "A_DISCONNECT_before_CONNECT_closes")]
    [TestCase("0[]", TestName = "A_CONNECT_without_an_object_closes")]
    [TestCase("0{", TestName = "A_CONNECT_with_broken_JSON_closes")]
    [TestCase("abc", TestName = "An_unknown_type_closes_at_the_start")]
    public async Task A_first_packet_that_is_not_CONNECT_closes_the_connection(string packet)
    {
        FakeEngine client = _server.Open();

        await client.SendAsync(packet);

        client.ClosedWith!.Code.Should().Be(1002);
    }

    [TestCase("0", TestName = "A_second_CONNECT_closes")]
    [TestCase("4{\"message\":\"x\"}", TestName = "A_CONNECT_ERROR_from_a_client_closes")]
    [TestCase("2{}", TestName = "An_event_that_is_no_array_closes")]
    [TestCase("2", TestName = "An_event_without_a_payload_closes")]
    [TestCase("2abc[\"echo\"]", TestName = "A_bad_ack_id_closes")]
    [TestCase("2[\"connect\"]", TestName = "A_reserved_name_closes")]
    [TestCase("3[1]", TestName = "An_answer_without_an_id_closes")]
    [TestCase("31{}", TestName = "An_answer_that_is_no_array_closes")]
    [TestCase("1[]", TestName = "A_DISCONNECT_with_a_payload_closes")]
    [TestCase("2/other,[\"echo\"]", TestName = "An_event_for_another_namespace_closes")]
    [TestCase("7", TestName = "An_unknown_type_closes")]
    public async Task A_packet_that_breaks_the_protocol_closes_the_connection(string packet)
    {
        (FakeEngine client, _) = await _server.ConnectAsync();

        await client.SendAsync(packet);

        client.ClosedWith!.Code.Should().Be(1002);
    }

    [Test]
    public async Task A_connection_that_joins_nothing_is_closed()
    {
        FakeEngine client = _server.Open();
        long opened = _server.Time.GetTimestamp();

        client.Handler.OnTick(opened + TimeSpan.FromSeconds(44).Ticks);
        client.ClosedWith.Should().BeNull();
        client.Handler.OnTick(opened + TimeSpan.FromSeconds(52).Ticks);

        client.ClosedWith!.Text.Should().Be("no namespace was joined in time");
        await client.EndAsync();
    }

    [Test]
    public async Task A_client_that_leaves_a_namespace_can_join_it_again()
    {
        (FakeEngine client, JsonElement connect) = await _server.ConnectAsync("""{"session":"alice"}""");

        await client.SendAsync("1");
        long missed = await _server.EmitAsync();
        (await _server.PendingAsync(connect)).Should().Be(1);
        await client.SendAsync("""0{"session":"alice"}""");

        (await client.NextAsync()).Should().StartWith("0{");
        (await client.NextAsync()).Should().Be($$"""2["say",1,"{{missed}}"]""");
        client.ClosedWith.Should().BeNull();
    }

    [Test]
    public async Task A_session_that_is_taken_over_is_disconnected_and_what_is_under_way_is_ignored()
    {
        (FakeEngine first, _) = await _server.ConnectAsync("""{"session":"alice"}""");

        (FakeEngine second, _) = await _server.ConnectAsync("""{"session":"alice"}""");

        (await first.NextAsync()).Should().Be("1");
        await first.SendAsync("""2["echo",1]""");
        first.ClosedWith.Should().BeNull("the client did not know it yet");
        long number = await _server.EmitAsync();
        (await second.NextAsync()).Should().Be($$"""2["say",1,"{{number}}"]""");
        first.Waiting.Should().Be(0);
        await first.EndAsync();
    }

    [Test]
    public async Task Joining_counts_as_a_message_in_the_limit_of_the_connection()
    {
        ManualTimeProvider clock = new();
        FakeEngine client = new(_server.Dialect) { Rate = new MessageRate(new TokenBucket(1, burst: 2, clock), address: null) };
        await client.SendAsync("0", "1", "0", "1");
        client.Waiting.Should().Be(2);

        Task joining = client.SendAsync("0");
        await _server.EmitAsync();
        joining.IsCompleted.Should().BeFalse();
        client.Waiting.Should().Be(2);
        clock.Advance(TimeSpan.FromSeconds(1));

        await joining;
        client.Waiting.Should().Be(3);
    }

    [Test]
    public async Task A_refused_namespace_counts_as_a_message_too()
    {
        ManualTimeProvider clock = new();
        FakeEngine client = new(_server.Dialect) { Rate = new MessageRate(new TokenBucket(1, burst: 1, clock), address: null) };
        await client.SendAsync("0/unknown,");

        Task joining = client.SendAsync("0/unknown,");
        joining.IsCompleted.Should().BeFalse();
        client.Handler.Abandon();

        await joining;
    }

    [Test]
    public async Task The_end_of_a_connection_ends_all_its_namespaces()
    {
        (FakeEngine client, JsonElement connect) = await _server.ConnectAsync();

        await client.EndAsync();

        await _server.EmitAsync();
        (await _server.PendingAsync(connect)).Should().Be(1);
        client.Waiting.Should().Be(0);
    }
}

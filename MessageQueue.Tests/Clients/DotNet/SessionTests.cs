using System.Threading.Channels;
using MessageQueue.Client;
using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Clients.DotNet;

/// <summary>The cases of docs/clients.md, section "Session and rooms".</summary>
internal sealed class SessionTests : ClientFixture
{
    protected override void Configure(MessageQueueOptions options) =>
        options.AuthorizeJoin = request => ValueTask.FromResult(request.Room != "forbidden");

    [Test]
    public async Task Resumes_session()
    {
        ClientProbe ann = await InLobbyAsync("ann");
        ChannelReader<MessageQueue.Client.ReceivedEvent<int>> received = ann.Collect<int>("say");
        Proxy.Refuses = true;
        Proxy.Cut();
        await ann.UntilAsync(ClientStatus.Waiting);
        await Server.Server.Of("/").To("lobby").EmitAsync("say", 1);
        await Server.Server.Of("/").To("lobby").EmitAsync("say", 2);

        Proxy.Refuses = false;

        (await received.ReadAsync().OrTimeout()).Data.Should().Be(1);
        (await received.ReadAsync().OrTimeout()).Data.Should().Be(2);
    }

    [Test]
    public async Task Keeps_anonymous_session_name()
    {
        ClientProbe client = await InLobbyAsync(null);
        string? name = client.Client.Session;
        name.Should().StartWith("~");

        Proxy.Cut();
        await client.UntilAsync(ClientStatus.Open);

        client.Client.Session.Should().Be(name);
    }

    [Test]
    public async Task Replaces_an_expired_anonymous_session()
    {
        ClientProbe client = await InLobbyAsync(null);
        string? name = client.Client.Session;
        ChannelReader<MessageQueue.Client.ReceivedEvent<int>> received = client.Collect<int>("say");
        await client.Client.EmitAsync("say", 1, "lobby").OrTimeout();
        await received.ReadAsync().OrTimeout();
        Proxy.Refuses = true;
        Proxy.Cut();
        await client.UntilAsync(ClientStatus.Waiting);
        await (await Server.Server.Of("/").FindSessionAsync(name!))!.EndAsync();
        Proxy.Refuses = false;

        await client.NoticeAsync(ClientNoticeKind.SessionLost);
        await client.UntilAsync(ClientStatus.Open);

        client.Client.Session.Should().StartWith("~").And.NotBe(name);
        await client.Client.EmitAsync("say", 2, "lobby").OrTimeout();
        (await received.ReadAsync().OrTimeout()).Data.Should().Be(2, "it is in its rooms");
    }

    [Test]
    public async Task Joins_and_leaves()
    {
        ClientProbe ann = await OpenAsync("ann");
        Namespace all = Server.Server.Of("/");

        Task joining = ann.Client.JoinAsync("kitchen");
        Task<long> emitting = ann.Client.EmitAsync("say", 1, "kitchen");
        Task leaving = ann.Client.LeaveAsync("kitchen");
        ChannelReader<MessageQueue.Client.ReceivedEvent<int>> received = ann.Collect<int>("say");
        await Task.WhenAll(joining, emitting, leaving).OrTimeout();
        (await received.ReadAsync().OrTimeout()).Data.Should().Be(1, "the emit came between the join and the leave");
        (await all.CountAsync("kitchen")).Should().Be(0);

        // A new session gets the rooms again; one that was refused is forgotten.
        await ann.Client.JoinAsync("kitchen").OrTimeout();
        Func<Task> refused = () => ann.Client.JoinAsync("forbidden").OrTimeout();
        (await refused.Should().ThrowAsync<MessageQueueClientException>())
            .Which.Code.Should().Be("forbidden");
        await (await all.FindSessionAsync("ann"))!.EndAsync();
        await ann.UntilAsync(ClientStatus.Closed);
        await ann.OpenAsync();
        await ann.NoticeAsync(ClientNoticeKind.SessionLost);
        (await (await all.FindSessionAsync("ann"))!.RoomsAsync()).Should().Equal("kitchen");

        // Another server has the rooms too.
        await using TestServer other = await TestServer.StartAsync();
        Proxy.PointTo(other.Url);
        Proxy.Cut();
        await ann.UntilAsync(ClientStatus.Open);
        (await (await other.Server.Of("/").FindSessionAsync("ann"))!.RoomsAsync()).Should().Equal("kitchen");
    }

    [Test]
    public async Task Tells_take_over()
    {
        ClientProbe ann = await OpenAsync("ann");

        await OpenAsync("ann");

        (await ann.NoticeAsync(ClientNoticeKind.TakenOver)).Message.Should().NotBeEmpty();
    }

    [Test]
    public async Task Many_rooms_that_do_not_fit_into_the_address_are_joined_too()
    {
        string[] rooms = [.. Enumerable.Range(0, 200).Select(i => $"a room with a long name, number {i}")];

        ClientProbe ann = await OpenAsync("ann", options => options.Rooms = rooms);
        await ann.Client.EmitAsync("say", 1, rooms[^1]).OrTimeout();

        (await (await Server.Server.Of("/").FindSessionAsync("ann"))!.RoomsAsync()).Should().BeEquivalentTo(rooms);
    }
}

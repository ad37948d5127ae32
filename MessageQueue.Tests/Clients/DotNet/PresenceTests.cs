using System.Text;
using System.Threading.Channels;
using MessageQueue.Client;
using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Clients.DotNet;

/// <summary>Who is in a room, by the .NET client. The names are the cases of docs/clients.md.</summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class PresenceTests : ClientFixture
{
    [Test]
    public async Task Presence_state_then_changes()
    {
        await using EventClient bob = await Server.ConnectAsync("session=bob&room=lobby");
        ClientProbe alice = Create("alice");
        ChannelReader<RoomPresence> told = Watch(alice, "lobby");
        await alice.OpenAsync();
        (await NextAsync(told)).Should().Be("1: bob=; joined bob; left ");

        EventClient carol = await Server.ConnectAsync("session=carol&room=lobby&show=%22Carol%22");
        (await NextAsync(told)).Should().Be("""2: bob=,carol="Carol"; joined carol; left """);
        await carol.RequestAsync(new { type = "show", data = "busy", id = "s" });
        (await NextAsync(told)).Should().Be("""2: bob=,carol="busy"; joined carol; left """);
        await carol.DisposeAsync();
        (await NextAsync(told)).Should().Be("1: bob=; joined ; left carol");

        ChannelReader<RoomPresence> second = Watch(alice, "lobby");
        (await NextAsync(second)).Should().Be("1: bob=; joined bob; left ");
        told.TryRead(out _).Should().BeFalse();
    }

    [Test]
    public async Task Presence_in_parts()
    {
        List<EventClient> sessions = [];
        foreach (int number in Enumerable.Range(0, 200))
        {
            sessions.Add(await Server.ConnectAsync($"session=s{number}&room=lobby"));
        }

        ClientProbe alice = await OpenAsync("alice");
        ChannelReader<RoomPresence> told = Watch(alice, "lobby");

        RoomPresence present = await told.ReadAsync().OrTimeout();
        (present.Count, present.Members.Count, present.Joined.Count).Should().Be((200, 200, 200));
        await Task.WhenAll(sessions.Select(session => session.DisposeAsync().AsTask()));
    }

    [Test]
    public async Task Presence_of_many_is_a_count()
    {
        await using TestServer small = await TestServer.StartAsync(options =>
        {
            Configure(options);
            options.MaxPresenceMembers = 1;
        });
        Proxy.PointTo(small.Url);
        await using EventClient first = await small.ConnectAsync("session=bob&room=lobby");
        ClientProbe alice = await OpenAsync("alice");
        ChannelReader<RoomPresence> told = Watch(alice, "lobby");
        (await NextAsync(told)).Should().Be("1: bob=; joined bob; left ");

        await using EventClient carol = await small.ConnectAsync("session=carol&room=lobby");

        RoomPresence present = await told.ReadAsync().OrTimeout();
        present.IsCountOnly.Should().BeTrue();
        Text(present).Should().Be("2: ; joined ; left bob");
        await alice.DisposeAsync();
    }

    [Test]
    public async Task Presence_after_reconnect()
    {
        await using EventClient bob = await Server.ConnectAsync("session=bob&room=lobby");
        EventClient carol = await Server.ConnectAsync("session=carol&room=lobby");
        ClientProbe alice = await OpenAsync("alice");
        ChannelReader<RoomPresence> told = Watch(alice, "lobby");
        (await NextAsync(told)).Should().Be("2: bob=,carol=; joined bob,carol; left ");
        Proxy.Refuses = true;
        Proxy.Cut();
        await alice.UntilAsync(ClientStatus.Waiting);
        await carol.DisposeAsync();
        await Server.ShouldHaveConnectionsAsync("carol", 0);
        await using EventClient dave = await Server.ConnectAsync("session=dave&room=lobby");

        Proxy.Refuses = false;

        (await NextAsync(told)).Should().Be("2: bob=,dave=; joined dave; left carol");
    }

    [Test]
    public async Task Presence_ends()
    {
        await using EventClient bob = await Server.ConnectAsync("session=bob&room=lobby");
        ClientProbe alice = await OpenAsync("alice");
        RoomPresence refused = await Watch(alice, "secret").ReadAsync().OrTimeout();
        (refused.HasEnded, refused.Error!.Code).Should().Be((true, "forbidden"));
        (await alice.NoticeAsync(ClientNoticeKind.Refused)).Message.Should().Contain("watch secret");

        await alice.Client.JoinAsync("den").OrTimeout();
        ChannelReader<RoomPresence> den = Watch(alice, "den");
        (await NextAsync(den)).Should().Be("1: alice=; joined alice; left ");
        await alice.Client.LeaveAsync("den").OrTimeout();
        RoomPresence ended = await den.ReadAsync().OrTimeout();
        (ended.HasEnded, ended.Error).Should().Be((true, null));
        Text(ended).Should().Be("0: ; joined ; left alice");

        // Undone and begun again at once: the end of the first watch does not end the second.
        ChannelReader<RoomPresence> first = Watch(alice, "lobby", out IDisposable undo);
        await NextAsync(first);
        undo.Dispose();
        ChannelReader<RoomPresence> again = Watch(alice, "lobby");
        (await NextAsync(again)).Should().Be("1: bob=; joined bob; left ");
        await bob.RequestAsync(new { type = "show", data = "there", id = "s" });
        (await NextAsync(again)).Should().Be("""1: bob="there"; joined bob; left """);
        first.TryRead(out _).Should().BeFalse();
    }

    [Test]
    public async Task Shows_itself()
    {
        ClientProbe alice = Create("alice", options => options.Rooms = ["lobby"]);
        Task first = alice.Client.ShowAsync("first");
        Task second = alice.Client.ShowAsync("second");
        await alice.OpenAsync();
        await Task.WhenAll(first, second).OrTimeout();
        ClientProbe bob = await OpenAsync("bob", options => options.Url = Server.Url); // Not behind the proxy that is cut.
        ChannelReader<RoomPresence> told = Watch(bob, "lobby");
        (await NextAsync(told)).Should().Be("""1: alice="second"; joined alice; left """);

        Proxy.Refuses = true;
        Proxy.Cut();
        await UntilAsync(told, "0: ");
        Proxy.Refuses = false;
        await UntilAsync(told, """1: alice="second"; """);

        await alice.Client.ShowAsync(new { name = "Alice" }).OrTimeout();
        await UntilAsync(told, """1: alice={"name":"Alice"}; """);
        await alice.Client.ShowNothingAsync().OrTimeout();
        await UntilAsync(told, "1: alice=; ");

        (await FluentActions.Awaiting(() => alice.Client.ShowAsync(new string('x', 1_000)).OrTimeout())
            .Should().ThrowAsync<MessageQueueClientException>()).Which.Code.Should().Be("bad_message");
        (await alice.NoticeAsync(ClientNoticeKind.Refused)).Code.Should().Be("bad_message");
    }

    [Test]
    public async Task Knows_its_alias()
    {
        await using EventClient bob = await Server.ConnectAsync("session=bob&room=lobby");
        ClientProbe nameless = Create(null);
        nameless.Client.Alias.Should().BeNull();
        await nameless.OpenAsync();

        await nameless.Client.EmitAsync("say", 1, "lobby").OrTimeout();

        nameless.Client.Alias.Should().Be((await bob.NextAsync("event")).GetProperty("from").GetString())
            .And.NotBe(nameless.Client.Session);
        Create("alice").Client.Alias.Should().Be("alice");
    }

    [Test]
    public async Task Disconnects_for_a_while()
    {
        await using EventClient bob = await Server.ConnectAsync("session=bob&room=lobby");
        ClientProbe alice = await InLobbyAsync("alice");
        ChannelReader<ReceivedEvent<string>> received = alice.Collect<string>("say");
        await alice.Client.DisconnectAsync().OrTimeout();
        (await alice.UntilAsync(ClientStatus.Closed)).Reason.Should().Be("disconnected by the app");
        await Server.ShouldHaveConnectionsAsync("alice", 0);
        Task<long> emitting = alice.Client.EmitAsync("made", "offline", new EmitSettings { To = ["lobby"], Echo = false });
        await bob.EmitAsync("lobby", "say", "missed");
        alice.Client.OnNetworkChanged(isAvailable: true);
        (alice.Client.State.Status, alice.Client.Unanswered).Should().Be((ClientStatus.Closed, 1));

        await alice.OpenAsync();

        (await received.ReadAsync().OrTimeout()).Data.Should().Be("missed");
        await emitting.OrTimeout();
    }

    [Test]
    public async Task A_disconnected_client_may_be_disposed()
    {
        ClientProbe alice = await OpenAsync("alice");
        await alice.Client.DisconnectAsync().OrTimeout();

        await alice.DisposeAsync().AsTask().OrTimeout();

        alice.Client.State.Reason.Should().Be("closed by the app");
        await FluentActions.Awaiting(() => alice.Client.ShowAsync(1).OrTimeout()).Should().ThrowAsync<MessageQueueClientException>();
        alice.Client.Invoking(client => client.OnPresence("lobby", _ => { })).Should().Throw<ObjectDisposedException>();
    }

    protected override void Configure(MessageQueueOptions options)
    {
        (options.PresenceInterval, options.PresenceGrace) = (TimeSpan.FromMilliseconds(1), TimeSpan.Zero);
        options.AuthorizeJoin = request => new(request.Room != "secret");
    }

    private static ChannelReader<RoomPresence> Watch(ClientProbe client, string room) => Watch(client, room, out _);

    private static ChannelReader<RoomPresence> Watch(ClientProbe client, string room, out IDisposable undo)
    {
        Channel<RoomPresence> told = Channel.CreateUnbounded<RoomPresence>();
        undo = client.Client.OnPresence(room, presence => told.Writer.TryWrite(presence));
        return told.Reader;
    }

    private static async Task<string> NextAsync(ChannelReader<RoomPresence> told) => Text(await told.ReadAsync().OrTimeout());

    // What a session shows may come after the session, and a short absence comes before a return.
    private static async Task UntilAsync(ChannelReader<RoomPresence> told, string beginning)
    {
        while (!(await NextAsync(told)).StartsWith(beginning, StringComparison.Ordinal))
        {
        }
    }

    private static string Text(RoomPresence present) =>
        $"{present.Count}: {string.Join(',', present.Members.OrderBy(member => member.Session).Select(Shown))}; "
        + $"joined {string.Join(',', present.Joined.Select(member => member.Session).Order())}; "
        + $"left {string.Join(',', present.Left.Order())}";

    private static string Shown(RoomMember member) => $"{member.Session}={Encoding.UTF8.GetString(member.Data.Span)}";
}

using System.Threading.Channels;
using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Embedding;

/// <summary>Who is in a room, for the server's code.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class ServerPresenceTests
{
    private sealed record Shown(string Name);

    [Test]
    public async Task Those_who_are_connected_are_present_with_what_they_show()
    {
        await using TestServer server = await TestServer.StartAsync();
        Namespace home = server.Server.Of("/");
        await using EventClient ann = await server.ConnectAsync("session=ann&room=lobby&show=%7B%22name%22%3A%22Ann%22%7D");
        await using EventClient bob = await server.ConnectAsync("session=bob");
        EventClient away = await server.ConnectAsync("session=away&room=lobby");
        await away.DisposeAsync();
        await server.ShouldHaveConnectionsAsync("away", 0);

        PresentSession present = (await home.PresenceAsync("lobby").OrTimeout()).Single();

        present.Session.Name.Should().Be("ann");
        present.Read<Shown>().Should().Be(new Shown("Ann"));
        (await home.PresenceAsync("*").OrTimeout()).Select(one => one.Session.Name).Should().BeEquivalentTo("ann", "bob");
        (await home.PresenceAsync("nowhere").OrTimeout()).Should().BeEmpty();
        await home.Invoking(ns => ns.PresenceAsync("@ann")).Should().ThrowAsync<ArgumentException>();
    }

    [Test]
    public async Task The_servers_own_sessions_are_not_present()
    {
        await using TestServer server = await TestServer.HandlingAsync(mq =>
        {
            mq.Of("/").OnEmitted(static _ => Task.CompletedTask);
            mq.Of("/").On("work", static _ => Task.FromResult<object?>(1), new HandlerOptions { Durable = true });
        });

        (await server.Server.Of("/").PresenceAsync("*").OrTimeout()).Should().BeEmpty();
    }

    [Test]
    public async Task A_handler_gets_a_state_and_then_differences_until_it_is_disposed()
    {
        Channel<PresenceChange> changes = Channel.CreateUnbounded<PresenceChange>();
        IDisposable? following = null;
        await using TestServer server = await TestServer.HandlingAsync(
            mq => following = mq.Of("/").OnPresence("lobby", change => changes.Writer.WriteAsync(change).AsTask()));

        PresenceChange first = await NextAsync(changes);
        (first.Room, first.IsState, first.Count, first.IsCountOnly).Should().Be(("lobby", true, 0, false));

        await using EventClient ann = await server.ConnectAsync("session=ann&room=lobby&show=1");
        PresenceChange second = await NextAsync(changes);
        (second.IsState, second.Count, second.Joined.Single().Session.Name, second.Joined[0].Read<int>())
            .Should().Be((false, 1, "ann", 1));

        await ann.RequestAsync(new { type = "end", id = "e" });
        PresenceChange third = await NextAsync(changes);
        (third.Count, third.Left.Single().Address).Should().Be((0, "ann"));

        following!.Dispose();
        (await server.AskAsync(_ => server.Server.Core.Broker.Presence.IsWatched("/", "lobby"))).Should().BeFalse();
    }

    [Test]
    public async Task A_handler_that_is_added_later_gets_everybody_who_is_there()
    {
        await using TestServer server = await TestServer.StartAsync();
        await using EventClient ann = await server.ConnectAsync("session=ann");
        Channel<PresenceChange> changes = Channel.CreateUnbounded<PresenceChange>();

        using IDisposable following = server.Server.Of("/").OnPresence("*", change => changes.Writer.WriteAsync(change).AsTask());

        PresenceChange state = await NextAsync(changes);
        (state.IsState, state.Joined.Single().Session.Name).Should().Be((true, "ann"));
    }

    [Test]
    public async Task A_slow_handler_gets_a_new_state_instead_of_what_it_missed()
    {
        ManualTimeProvider clock = new();
        await using TestServer server = await ClockServer.StartAsync(clock);
        Channel<PresenceChange> changes = Channel.CreateUnbounded<PresenceChange>();
        TaskCompletionSource release = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using IDisposable following = server.Server.Of("/").OnPresence("lobby", async change =>
        {
            await release.Task;
            await changes.Writer.WriteAsync(change);
        });
        List<EventClient> clients = [];
        for (int i = 0; i < 20; i++)
        {
            clients.Add(await server.ConnectAsync($"session=m{i}&room=lobby"));
            await server.AskAsync(static state => state.Head);
            clock.Advance(TimeSpan.FromMilliseconds(100));
            await server.AskAsync(static state => state.Head);
        }

        release.SetResult();

        PresenceChange change = await NextAsync(changes);
        change.IsState.Should().BeTrue();
        do
        {
            change = await NextAsync(changes);
        }
        while (!change.IsState);

        change.Joined.Should().HaveCount(20);
        foreach (EventClient client in clients)
        {
            await client.DisposeAsync();
        }
    }

    [Test]
    public async Task An_exception_of_a_handler_is_logged_and_later_changes_come()
    {
        Channel<PresenceChange> changes = Channel.CreateUnbounded<PresenceChange>();
        await using TestServer server = await TestServer.HandlingAsync(mq => mq.Of("/").OnPresence("lobby", change =>
            change.IsState ? throw new InvalidOperationException("on purpose") : changes.Writer.WriteAsync(change).AsTask()));
        server.ToleratesErrors = true;

        await using EventClient ann = await server.ConnectAsync("session=ann&room=lobby");

        (await NextAsync(changes)).Joined.Should().HaveCount(1);
        server.Errors.Should().ContainSingle(error => error.Contains("presence", StringComparison.Ordinal));
    }

    [Test]
    public async Task The_servers_code_sets_what_a_session_shows_even_if_clients_may_not()
    {
        await using TestServer server = await TestServer.HandlingAsync(
            mq => mq.Of("/").OnConnect(session => session.ShowAsync(new Shown("from the app"))),
            options => options.MaxPresenceBytes = 0);
        await using EventClient ann = await server.ConnectAsync("session=ann&room=lobby&watch=lobby");
        await ann.SendAsync(new { type = "show", data = 1, id = "s" });
        (await ann.NextAsync("error")).GetProperty("code").GetString().Should().Be("bad_message");

        string text;
        do
        {
            text = (await ann.NextAsync("presence")).GetRawText();
        }
        while (!text.Contains("""{"session":"ann","data":{"name":"from the app"}}""", StringComparison.Ordinal));
    }

    [Test]
    public async Task A_value_that_is_too_large_is_an_exception_and_one_of_a_session_that_is_away_is_ignored()
    {
        await using TestServer server = await TestServer.StartAsync();
        EventClient client = await server.ConnectAsync("session=ann&room=lobby");
        Session ann = (await server.Server.Of("/").FindSessionAsync("ann").OrTimeout())!;
        await ann.Invoking(session => session.ShowAsync(new string('a', 8191))).Should().ThrowAsync<ArgumentException>();
        await ann.ShowAsync(new string('a', 8190)).OrTimeout();
        await client.DisposeAsync();
        await server.ShouldHaveConnectionsAsync("ann", 0);
        await client.DisposeAsync();

        await ann.ShowAsync(1).OrTimeout();

        (await server.AskAsync(state => server.Server.Core.Broker.Presence.ShownBy(state.Namespaces["/"].Sessions["ann"]).Length))
            .Should().NotBe(1);
    }

    private static async Task<PresenceChange> NextAsync(Channel<PresenceChange> changes) =>
        await changes.Reader.ReadAsync().AsTask().OrTimeout();
}

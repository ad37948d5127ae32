using System.Text.RegularExpressions;
using MessageQueue.Handlers;
using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Embedding;

/// <summary>Namespaces that exist because a client connects to them, under a rule of the app.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed partial class DynamicNamespaceTests
{
    [Test]
    public async Task Every_namespace_that_a_rule_covers_has_its_handlers_and_shares_nothing_with_the_others()
    {
        await using TestServer server = await TestServer.HandlingAsync(mq =>
        {
            mq.Of(Team(), ns => ns.On("where", session => Task.FromResult<object?>($"team {session.Namespace.Name}")));
            mq.Of(
                name => name.StartsWith("/t", StringComparison.Ordinal),
                ns => ns.On("where", session => Task.FromResult<object?>("other")));
        });
        await using EventClient ann = await server.ConnectAsync("session=ann", "/team-1");
        await using EventClient bob = await server.ConnectAsync("session=bob", "/team-2");
        await using EventClient carol = await server.ConnectAsync("session=carol", "/trash");
        await using EventClient dave = await server.ConnectAsync("session=dave", "/xyz");

        (await WhereAsync(ann)).Should().Be("team /team-1");
        (await WhereAsync(bob)).Should().Be("team /team-2");
        (await WhereAsync(carol)).Should().Be("other", "the first rule that matches counts");
        await dave.SendAsync(new { type = "emit", @event = "where", id = "1" });
        (await dave.NextAsync("error")).GetProperty("code").GetString().Should().Be("unhandled");
        (await server.Server.Of("/team-1").SessionsAsync().OrTimeout()).Select(session => session.Name).Should().Equal("ann");
    }

    [Test]
    public async Task The_dialects_can_ask_whether_a_namespace_exists_for_clients()
    {
        await using TestServer server = await TestServer.HandlingAsync(mq =>
        {
            mq.Of("/known");
            mq.Of(Team(), ns => { });
        });

        new[] { "/known", "/team-7", "/team-x", "/" }.Select(server.Server.Of("/known").HandlerHost.HasNamespace)
            .Should().Equal(true, true, false, false);
    }

    [Test]
    public async Task A_namespace_goes_when_its_last_session_has_ended_and_is_made_anew_for_the_next()
    {
        int made = 0;
        await using TestServer server = await TestServer.HandlingAsync(mq => mq.Of(Team(), ns =>
        {
            made++;
            ns.On("where", session => Task.FromResult<object?>($"made {made}"));
        }));
        await using (EventClient ann = await server.ConnectAsync("session=ann", "/team-1"))
        {
            (await WhereAsync(ann)).Should().Be("made 1");
            await ann.SendAsync(new { type = "end" });
            (await ann.CloseCodeAsync()).Should().Be(4002);
        }

        await NoneLeftAsync(server);
        await using EventClient again = await server.ConnectAsync("session=ann", "/team-1");

        (await WhereAsync(again)).Should().Be("made 2");
    }

    [Test]
    public async Task Clients_cannot_make_more_namespaces_than_the_limit_and_refused_ones_leave_none()
    {
        await using TestServer server = await TestServer.HandlingAsync(
            mq =>
            {
                mq.Of("/team-0");
                mq.Of(Team(), ns => ns.UseConnect((context, next) =>
                {
                    if (context.Session == "eve")
                    {
                        context.Refuse("not you");
                    }

                    return next();
                }));
            },
            options => options.MaxDynamicNamespaces = 2);
        await using EventClient eve = await server.OpenAsync("session=eve", "/team-1");
        (await eve.CloseCodeAsync()).Should().Be(1008);
        await NoneLeftAsync(server);
        await using EventClient two = await server.ConnectAsync("session=ann", "/team-2");
        await using EventClient three = await server.ConnectAsync("session=ann", "/team-3");

        await using EventClient four = await server.OpenAsync("session=ann", "/team-4");

        (await four.CloseCodeAsync()).Should().Be(1013);
        await using EventClient known = await server.ConnectAsync("session=ann", "/team-0");
        server.Server.Of("/team-3").Name.Should().Be("/team-3", "what the app asks for by name is its own");
        await using EventClient five = await server.ConnectAsync("session=ann", "/team-5");
    }

    [Test]
    public async Task A_rule_that_throws_matches_nothing_and_one_that_cannot_set_up_refuses()
    {
        await using TestServer server = await TestServer.HandlingAsync(mq =>
        {
            mq.Of(name => throw new InvalidOperationException("a bad rule"), ns => { });
            mq.Of(Team(), ns => throw new InvalidOperationException("a bad set-up"));
        });
        server.ToleratesErrors = true;

        await using EventClient bob = await server.ConnectAsync("session=bob", "/other");
        await using EventClient ann = await server.OpenAsync("session=ann", "/team-1");

        (await ann.CloseCodeAsync()).Should().Be(1008);
        server.Errors.Should().NotBeEmpty();
    }

    [Test]
    public async Task Unfinished_events_of_durable_handlers_are_handled_after_a_restart_before_a_client_comes()
    {
        using TemporaryDirectory data = new();
        TaskCompletionSource began = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using (TestServer first = await TestServer.HandlingAsync(data, mq => mq.Of(Team(), ns => ns.On(
            "work",
            async session =>
            {
                began.TrySetResult();
                await new TaskCompletionSource().Task;
            },
            new HandlerOptions { Durable = true }))))
        {
            await using EventClient ann = await first.ConnectAsync("session=ann", "/team-1");
            await ann.SendAsync(new { type = "emit", @event = "work" });
            await began.Task.OrTimeout();
        }

        TaskCompletionSource<string> handled = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using TestServer second = await TestServer.HandlingAsync(data, mq => mq.Of(Team(), ns => ns.On(
            "work",
            session =>
            {
                handled.TrySetResult(session.Namespace.Name);
                return Task.CompletedTask;
            },
            new HandlerOptions { Durable = true })));

        (await handled.Task.OrTimeout()).Should().Be("/team-1");
    }

    [Test]
    public async Task An_observer_of_a_new_namespace_sees_its_first_event_and_keeps_the_namespace()
    {
        TaskCompletionSource<string> observed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using TestServer server = await TestServer.HandlingAsync(mq => mq.Of(Team(), ns => ns.OnEmitted(received =>
        {
            observed.TrySetResult(received.Name);
            return Task.CompletedTask;
        })));
        await using EventClient ann = await server.ConnectAsync("session=ann&room=lobby", "/team-1");

        await ann.EmitAsync("lobby", "first");

        (await observed.Task.OrTimeout()).Should().Be("first");
        await ann.SendAsync(new { type = "end" });
        (await ann.CloseCodeAsync()).Should().Be(4002);
        await using EventClient bob = await server.ConnectAsync("session=bob", "/team-1");
        server.Server.Of("/").HandlerHost.DynamicNamespaces.Should().Be(1);
    }

    private static async Task<string?> WhereAsync(EventClient client)
    {
        await client.SendAsync(new { type = "emit", @event = "where", id = "1" });
        return (await client.NextAsync("ack")).GetProperty("data").GetString();
    }

    // A client may see its end before the server has finished with it.
    private static async Task NoneLeftAsync(TestServer server)
    {
        HandlerHost handlers = server.Server.Of("/").HandlerHost;
        using CancellationTokenSource limit = new(Timeouts.Limit);
        while (handlers.DynamicNamespaces > 0)
        {
            limit.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    [GeneratedRegex(@"^/team-\d+$")]
    private static partial Regex Team();
}

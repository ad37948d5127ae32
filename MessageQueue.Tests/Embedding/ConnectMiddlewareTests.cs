using System.Collections.Concurrent;
using System.Security.Claims;
using System.Threading.Channels;
using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Embedding;

/// <summary>The app's code that decides whether a client may have its session, and what it knows of the client.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class ConnectMiddlewareTests
{
    [Test]
    public async Task A_refused_client_is_closed_with_1008_and_the_reason_and_has_no_session()
    {
        await using TestServer server = await TestServer.HandlingAsync(mq => mq.Of("/").UseConnect((context, next) =>
        {
            if (context.Session == "eve")
            {
                context.Refuse("not you", new { Until = "Monday" });
            }

            return next();
        }));

        await using EventClient eve = await server.OpenAsync("session=eve");
        (await eve.CloseCodeAsync()).Should().Be(1008);
        eve.CloseReason.Should().Be("not you");
        (await server.Server.Of("/").FindSessionAsync("eve").OrTimeout()).Should().BeNull();
        await using EventClient bob = await server.ConnectAsync("session=bob");
        await bob.PingAsync();
    }

    [Test]
    public async Task Middlewares_run_around_each_other_in_the_order_in_which_they_were_added()
    {
        ConcurrentQueue<string> steps = [];
        await using TestServer server = await TestServer.HandlingAsync(mq =>
        {
            mq.Of("/").UseConnect(async (context, next) =>
            {
                steps.Enqueue("first in");
                await next();
                steps.Enqueue("first out");
            });
            mq.Of("/").UseConnect((context, next) =>
            {
                steps.Enqueue("second");
                return next();
            });
            mq.Of("/other").UseConnect((context, next) => throw new InvalidOperationException());
        });

        await using EventClient bob = await server.ConnectAsync("session=bob");

        steps.Should().Equal("first in", "second", "first out");
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task A_middleware_that_throws_or_does_nothing_refuses(bool throws)
    {
        await using TestServer server = await TestServer.HandlingAsync(mq => mq.Of("/").UseConnect(
            (context, next) => throws ? throw new InvalidOperationException("secret") : Task.CompletedTask));
        server.ToleratesErrors = throws;

        await using EventClient bob = await server.OpenAsync("session=bob");

        (await bob.CloseCodeAsync()).Should().Be(1008);
        bob.CloseReason.Should().Contain("not allowed").And.NotContain("secret");
        server.Errors.Should().HaveCount(throws ? 1 : 0);
    }

    [Test]
    public async Task The_user_that_a_middleware_sets_counts_for_rooms_emits_and_handlers()
    {
        await using TestServer server = await TestServer.HandlingAsync(
            mq =>
            {
                mq.Of("/").UseConnect((context, next) =>
                {
                    ClaimsIdentity identity = new([new Claim(ClaimTypes.Name, context.Handshake.Query["who"].ToString())], "test");
                    context.User = new ClaimsPrincipal(identity);
                    context.Items["since"] = "today";
                    return next();
                });
                mq.Of("/").On("who", session => Task.FromResult<object?>($"{session.User.Identity!.Name} {session.Items["since"]}"));
            },
            options =>
            {
                options.AuthorizeJoin = request => ValueTask.FromResult(request.User.Identity!.Name == "ann");
                options.AuthorizeEmit = request => ValueTask.FromResult(request.User.Identity!.Name == "ann");
            });

        await using EventClient bob = await server.OpenAsync("session=bob&who=bob&room=lobby");
        (await bob.CloseCodeAsync()).Should().Be(1008);
        await using EventClient ann = await server.ConnectAsync("session=ann&who=ann&room=lobby");
        await ann.EmitAsync("lobby");
        await ann.NextAsync("event");
        await ann.SendAsync(new { type = "emit", @event = "who", id = "1" });

        (await ann.NextAsync("ack")).GetProperty("data").GetString().Should().Be("ann today");
    }

    [Test]
    public async Task The_handshake_is_what_the_client_of_the_latest_connection_said()
    {
        Channel<Handshake?> atEnd = Channel.CreateUnbounded<Handshake?>();
        Session? seen = null;
        await using TestServer server = await TestServer.HandlingAsync(mq =>
        {
            mq.Of("/").OnConnect(session => Task.FromResult(seen = session));
            mq.Of("/").On("room", session => Task.FromResult<object?>(session.Handshake!.Query["colour"].ToString()));
            mq.Of("/").OnDisconnect((session, reason) => atEnd.Writer.WriteAsync(session.Handshake).AsTask());
        });
        await using (EventClient first = await server.ConnectAsync("session=bob&colour=red&mode=shared"))
        {
            await using (EventClient second = await server.ConnectAsync("session=bob&Colour=blue&mode=shared"))
            {
                await first.SendAsync(new { type = "emit", @event = "room", id = "1" });
                (await first.NextAsync("ack")).GetProperty("data").GetString().Should().Be("blue");
            }
        }

        Handshake handshake = (await atEnd.Reader.ReadAsync().OrTimeout())!;
        handshake.Headers["sec-websocket-version"].ToString().Should().Be("13");
        handshake.RemoteAddress!.ToString().Should().Be("127.0.0.1");
        handshake.Time.Should().BeCloseTo(DateTimeOffset.UtcNow, TimeSpan.FromMinutes(5));
        handshake.Auth.ToString().Should().Be("{}");
        (await atEnd.Reader.ReadAsync().OrTimeout()).Should().BeSameAs(handshake, "the last disconnect still has it");
        TaskCompletionSource<Handshake?> afterwards = new(TaskCreationOptions.RunContinuationsAsynchronously);
        seen!.Enqueue(() =>
        {
            afterwards.SetResult(seen.Handshake);
            return Task.CompletedTask;
        });
        (await afterwards.Task.OrTimeout()).Should().BeNull();
    }

    [Test]
    public async Task A_handshake_over_the_limit_is_refused()
    {
        await using TestServer server = await TestServer.HandlingAsync(
            mq => mq.Of("/"), options => options.MaxHandshakeBytes = 2048);

        await using EventClient bob = await server.OpenAsync($"session=bob&x={new string('x', 2048)}");

        (await bob.CloseCodeAsync()).Should().Be(1008);
        bob.CloseReason.Should().Contain("too large");
        await using EventClient other = await server.ConnectAsync($"session=bob&x={new string('x', 2048)}", "/unknown-to-the-app");
    }

    [Test]
    public async Task A_middleware_that_never_finishes_does_not_keep_the_server_from_stopping()
    {
        TaskCompletionSource began = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using TestServer server = await TestServer.HandlingAsync(mq => mq.Of("/").UseConnect((context, next) =>
        {
            began.TrySetResult();
            return new TaskCompletionSource().Task;
        }));
        await using EventClient bob = await server.OpenAsync("session=bob");
        await began.Task.OrTimeout();

        await server.Server.StopAsync().OrTimeout();

        (await bob.CloseCodeAsync()).Should().Be(1001);
    }
}

using System.Security.Claims;
using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace MessageQueue.Tests.Embedding;

/// <summary>The user who sent an event, as its handler sees it.</summary>
internal sealed class HandlerUserTests
{
    private static readonly HandlerOptions Durable = new() { Durable = true, MaxAttempts = 2, RetryDelay = TimeSpan.Zero };

    [Test]
    public async Task A_durable_handler_that_runs_again_after_a_restart_sees_who_sent_the_event()
    {
        using TemporaryDirectory data = new();
        TaskCompletionSource begun = new();
        TaskCompletionSource never = new();
        TaskCompletionSource<string> seen = new();
        await using (TestApp app = await StartAsync(data, session =>
        {
            begun.TrySetResult();
            return never.Task;
        }))
        {
            await using EventClient alice = await app.ConnectAsync("/events", "session=device-1", user: "Alice");
            await alice.SendAsync(new { type = "emit", @event = "work", id = "1" });
            await begun.Task.OrTimeout();
        }

        await using TestApp back = await StartAsync(data, session =>
        {
            ClaimsPrincipal user = session.User;
            seen.TrySetResult(
                $"{user.Identity!.Name} {user.Identity.AuthenticationType} {user.IsInRole("staff")} {user.FindFirstValue("tenant")} "
                + $"{user.FindFirstValue("secret") ?? "-"} {session.Name}");
            return Task.CompletedTask;
        });

        (await seen.Task.OrTimeout()).Should().Be("Alice header True acme - device-1");
    }

    [Test]
    public async Task A_handler_sees_who_sent_its_event_even_if_somebody_else_has_the_session_now([Values] bool durable)
    {
        TaskCompletionSource first = new();
        await using TestApp app = await StartAsync(
            null,
            async session =>
            {
                await first.Task;
                await session.EmitAsync("seen", session.User.Identity!.Name);
            },
            durable ? Durable : null);
        await using EventClient alice = await app.ConnectAsync("/events", "session=tablet", user: "Alice");
        await alice.SendAsync(new { type = "emit", @event = "work", id = "1" });
        await alice.PingAsync();
        await using EventClient bob = await app.ConnectAsync("/events", "session=tablet", user: "Bob");
        await bob.SendAsync(new { type = "emit", @event = "work", id = "2" });
        first.SetResult();

        (await bob.NextAsync("event")).GetProperty("data").GetString().Should().Be("Alice");
        (await bob.NextAsync("event")).GetProperty("data").GetString().Should().Be("Bob");
    }

    [Test]
    public async Task An_unauthenticated_sender_stays_unauthenticated_and_a_user_too_large_to_store_is_an_error()
    {
        TaskCompletionSource<Exception> refused = new();
        await using TestApp app = await StartAsync(null, session =>
        {
            try
            {
                return session.EmitAsync("seen", session.User.Identity!.IsAuthenticated);
            }
            catch (InvalidOperationException exception)
            {
                refused.TrySetResult(exception);
                throw;
            }
        });
        app.ToleratesErrors = true;
        await using EventClient nobody = await app.ConnectAsync("/events", "session=nobody");
        await using EventClient giant = await app.ConnectAsync("/events", "session=giant", user: new string('x', 5000));

        await nobody.SendAsync(new { type = "emit", @event = "work", id = "1" });
        (await nobody.NextAsync("event")).GetProperty("data").GetBoolean().Should().BeFalse();
        await giant.SendAsync(new { type = "emit", @event = "work", id = "1" });
        (await giant.NextAsync("error")).GetProperty("code").GetString().Should().Be("failed");
        (await refused.Task.OrTimeout()).Message.Should().Contain("MaxDurableUserBytes");
    }

    private static Task<TestApp> StartAsync(
        TemporaryDirectory? data, Func<Session, Task> handler, HandlerOptions? handlerOptions = null) => TestApp.StartAsync(
        isReal: true,
        builder => builder.Services.AddMessageQueue(options =>
        {
            TestApp.Open(options);
            options.HandlerStopTimeout = TimeSpan.Zero;
            options.DurableClaims.Add("tenant");
            if (data is not null)
            {
                options.Durability = Durability.Fsync;
                options.DataDirectory = data.FullName;
            }
        }),
        web =>
        {
            web.Use((context, next) =>
            {
                if (context.Request.Headers["X-User"].ToString() is { Length: > 0 } name)
                {
                    context.User = new ClaimsPrincipal(new ClaimsIdentity(
                        [new(ClaimTypes.Name, name), new(ClaimTypes.Role, "staff"), new("tenant", "acme"), new("secret", "s3cret")],
                        "header"));
                }

                return next(context);
            });
            web.MapMessageQueue("/events");
            web.Services.GetRequiredService<MessageQueueServer>().Of("/").On("work", handler, handlerOptions ?? Durable);
        });
}

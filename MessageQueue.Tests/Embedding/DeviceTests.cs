using System.Text.Json;
using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.DependencyInjection;

namespace MessageQueue.Tests.Embedding;

/// <summary>
/// One user with several devices, as in docs/embedding.md: the code of docs/snippets/Devices.cs itself, on real sockets.
/// </summary>
internal sealed class DeviceTests
{
    [Test]
    public async Task Each_device_gets_the_events_of_its_user_and_closes_no_other_device()
    {
        await using TestApp app = await StartAsync();
        await using EventClient phone = await ConnectAsync(app, "ann", "ann:phone");
        await using EventClient laptop = await ConnectAsync(app, "ann", "ann:laptop");
        await using EventClient bob = await ConnectAsync(app, "bob", "bob:pc");

        long number = await bob.EmitAsync("user:ann", "say", "hello");

        foreach (EventClient device in new[] { phone, laptop })
        {
            JsonElement said = await device.NextAsync("event");
            said.GetProperty("id").GetInt64().Should().Be(number);
            said.GetProperty("from").GetString().Should().Be("bob:pc");
            await device.PingAsync();
        }

        await bob.ShouldHaveNoEventAsync();
    }

    [Test]
    public async Task A_device_that_was_away_gets_what_it_missed_and_the_other_nothing_twice()
    {
        await using TestApp app = await StartAsync();
        await using EventClient laptop = await ConnectAsync(app, "ann", "ann:laptop");
        await using EventClient bob = await ConnectAsync(app, "bob", "bob:pc");
        await using (EventClient phone = await ConnectAsync(app, "ann", "ann:phone"))
        {
            await phone.CloseAsync();
        }

        long[] missed = [await bob.EmitAsync("user:ann"), await bob.EmitAsync("user:ann")];

        (await laptop.NextIdsAsync(2)).Should().Equal(missed);
        await using EventClient back = await ConnectAsync(app, "ann", "ann:phone");
        back.Welcome.GetProperty("resumed").GetBoolean().Should().BeTrue();
        (await back.NextIdsAsync(2)).Should().Equal(missed);
        await laptop.ShouldHaveNoEventAsync();
    }

    [Test]
    public async Task An_event_for_a_user_who_does_not_exist_is_refused()
    {
        await using TestApp app = await StartAsync();
        await using EventClient bob = await ConnectAsync(app, "bob", "bob:pc");

        await bob.SendAsync(new { type = "emit", @event = "say", to = "user:nobody", id = "1" });

        JsonElement error = await bob.NextAsync("error");
        error.GetProperty("ref").GetString().Should().Be("1");
        error.GetProperty("code").GetString().Should().Be("forbidden");
        (await ChatOf(app).CountAsync("user:nobody").OrTimeout()).Should().Be(0);
        (await ChatOf(app).CountAsync("user:bob").OrTimeout()).Should().Be(1);
    }

    [Test]
    public async Task A_user_cannot_enter_the_room_or_session_of_another_user()
    {
        await using TestApp app = await StartAsync();
        await using EventClient eve = await ConnectAsync(app, "eve", "eve:pc");

        await eve.SendAsync(new { type = "join", room = "user:ann" });

        (await eve.NextAsync("error")).GetProperty("code").GetString().Should().Be("forbidden");
        foreach (string session in new[] { "ann:phone", "eve", "eve:x:pc", ":pc", "eve:pc&room=user:ann" })
        {
            await using EventClient refused = EventClient.Over(await app.OpenAsync("/events/chat", $"session={session}", "eve"));
            (await refused.CloseCodeAsync()).Should().Be(1008, session);
        }
    }

    private static Task<TestApp> StartAsync() => TestApp.StartAsync(isReal: true, builder =>
    {
        builder.Services.AddAuthentication("header").AddScheme<AuthenticationSchemeOptions, HeaderAuthentication>("header", null);
        builder.Services.AddMessageQueue(options => options.Durability = Durability.Memory);
        return Snippets.Devices.Build(builder);
    });

    // The connect handler runs before the event handler. So when the answer comes, the device is in its user's room.
    private static async Task<EventClient> ConnectAsync(TestApp app, string user, string session)
    {
        ChatOf(app).Off("ready");
        ChatOf(app).On("ready", _ => Task.CompletedTask);
        EventClient client = await app.ConnectAsync("/events/chat", $"session={session}", user);
        await client.SendAsync(new { type = "emit", @event = "ready" });
        await client.NextAsync("ack");
        return client;
    }

    private static Namespace ChatOf(TestApp app) => app.App.Services.GetRequiredService<MessageQueueServer>().Of("/chat");
}

using System.Net;
using System.Text.Json;
using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace MessageQueue.Tests.Embedding;

[TestFixture(true)]
[TestFixture(false)]
internal sealed class AspNetCoreTests(bool isReal)
{
    [Test]
    public async Task The_server_is_mapped_below_its_path_beside_the_apps_own_endpoints()
    {
        await using TestApp app = await TestApp.StartAsync(
            isReal,
            builder => builder.Services.AddMessageQueue(TestApp.Open),
            web =>
            {
                web.MapGet("/hello", () => "hi");
                web.MapMessageQueue("/events");
            });
        await using EventClient alice = await app.ConnectAsync("/events/chat", "session=alice&room=lobby");
        await using EventClient bob = await app.ConnectAsync("/events/chat", "session=bob");
        await using EventClient carol = await app.ConnectAsync("/events", "session=carol&room=lobby");

        long id = await bob.EmitAsync("lobby", data: new string('x', 100_000));

        JsonElement received = await alice.NextAsync("event");
        received.GetProperty("id").GetInt64().Should().Be(id);
        received.GetProperty("data").GetString().Should().HaveLength(100_000);
        await carol.ShouldHaveNoEventAsync();
        using HttpClient http = app.CreateClient();
        (await http.GetStringAsync(new Uri("/hello", UriKind.Relative)).OrTimeout()).Should().Be("hi");
        (await http.GetAsync(new Uri("/events", UriKind.Relative)).OrTimeout()).StatusCode.Should().Be(HttpStatusCode.NotFound);
    }

    [Test]
    public async Task Unauthenticated_clients_are_refused_and_authenticated_ones_reach_the_handlers()
    {
        await using TestApp app = await TestApp.StartAsync(isReal, AddAuthentication, web =>
        {
            web.UseAuthentication();
            web.UseAuthorization();
            web.MapMessageQueue("/events").RequireAuthorization();
            web.Services.GetRequiredService<MessageQueueServer>().Of("/")
                .On("who", session => Task.FromResult<object?>(session.User.Identity!.Name));
        });

        Func<Task> refused = () => app.OpenAsync("/events", "session=eve");
        await refused.Should().ThrowAsync<Exception>();
        await using EventClient alice = await app.ConnectAsync("/events", "session=alice", user: "Alice");
        await alice.SendAsync(new { type = "emit", @event = "who", id = "1" });

        (await alice.NextAsync("ack")).GetProperty("data").GetString().Should().Be("Alice");
    }

    [Test]
    public async Task Permissions_are_asked_with_the_user()
    {
        await using TestApp app = await TestApp.StartAsync(
            isReal,
            builder =>
            {
                AddAuthentication(builder);
                builder.Services.AddMessageQueue(options =>
                {
                    options.AuthorizeConnect = request => ValueTask.FromResult(request.HttpContext.User.Identity!.Name == request.Session);
                    options.AuthorizeJoin = request => ValueTask.FromResult(request.User.Identity!.Name == "alice");
                    options.AuthorizeEmit = request => ValueTask.FromResult(request.User.Identity!.Name == "bob");
                });
            },
            web =>
            {
                web.UseAuthentication();
                web.MapMessageQueue("/events");
            });
        await using EventClient eve = EventClient.Over(await app.OpenAsync("/events", "session=alice", user: "eve"));
        await using EventClient alice = await app.ConnectAsync("/events", "session=alice&room=lobby", user: "alice");
        await using EventClient bob = await app.ConnectAsync("/events", "session=bob", user: "bob");

        (await eve.CloseCodeAsync()).Should().Be(1008);
        foreach (EventClient client in new[] { alice, bob })
        {
            await client.SendAsync(new { type = "emit", @event = "hi", to = "lobby" });
            await client.SendAsync(new { type = "join", room = "lobby" });
        }

        (await alice.NextAsync("error")).GetProperty("code").GetString().Should().Be("forbidden");
        (await bob.NextAsync("error")).GetProperty("message").GetString().Should().Contain("joining");
        (await alice.NextAsync("event")).GetProperty("from").GetString().Should().Be("bob");
    }

    [Test]
    public async Task Cross_origin_rules_and_rate_limits_of_the_app_hold_for_the_handshake()
    {
        await using TestApp app = await TestApp.StartAsync(
            isReal,
            builder =>
            {
                builder.Services.AddCors(cors => cors.AddPolicy("any", policy => policy.AllowAnyOrigin()));
                builder.Services.AddRateLimiter(limiter => limiter.AddConcurrencyLimiter("one", limit => limit.PermitLimit = 1));
                builder.Services.AddMessageQueue(TestApp.Open);
            },
            web =>
            {
                web.UseCors();
                web.UseRateLimiter();
                web.MapMessageQueue("/events").RequireCors("any").RequireRateLimiting("one");
            });

        await using (EventClient alice = await app.ConnectAsync("/events", "session=alice"))
        {
            await FluentActions.Awaiting(() => app.OpenAsync("/events", "session=bob"))
                .Should().ThrowAsync<Exception>("one is connected already");
            await alice.PingAsync();
        }
    }

    [Test]
    public async Task When_the_app_stops_clients_are_closed_with_1001()
    {
        TestApp app = await TestApp.StartAsync(
            isReal, builder => builder.Services.AddMessageQueue(TestApp.Open), web => web.MapMessageQueue("/events"));
        await using EventClient alice = await app.ConnectAsync("/events", "session=alice");

        await app.DisposeAsync();

        (await alice.CloseCodeAsync()).Should().Be(1001);
    }

    [Test]
    public async Task Two_servers_in_one_app_are_independent()
    {
        await using TestApp app = await TestApp.StartAsync(
            isReal,
            builder => builder.Services.AddMessageQueue(TestApp.Open).AddMessageQueue("other", TestApp.Open),
            web =>
            {
                web.MapMessageQueue("/events");
                web.MapMessageQueue("/other", "other");
            });
        await using EventClient alice = await app.ConnectAsync("/events", "session=alice&room=lobby");
        await using EventClient bob = await app.ConnectAsync("/other", "session=bob&room=lobby");

        await bob.EmitAsync("lobby");

        await bob.NextAsync("event");
        await alice.ShouldHaveNoEventAsync();
        alice.Welcome.GetProperty("log").GetString().Should().NotBe(bob.Welcome.GetProperty("log").GetString());
    }

    [Test]
    public async Task The_health_check_follows_the_server()
    {
        await using TestApp app = await TestApp.StartAsync(
            isReal,
            builder => builder.Services.AddMessageQueue(TestApp.Open).AddHealthChecks().AddMessageQueue(),
            web =>
            {
                web.MapHealthChecks("/health");
                web.MapMessageQueue("/events");
            });
        using HttpClient http = app.CreateClient();

        (await http.GetAsync(new Uri("/health", UriKind.Relative)).OrTimeout()).StatusCode.Should().Be(HttpStatusCode.OK);
        await app.App.Services.GetRequiredService<MessageQueueServer>().StopAsync().OrTimeout();
        (await http.GetAsync(new Uri("/health", UriKind.Relative)).OrTimeout()).StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);
        app.ToleratesErrors = true;
    }

    [Test]
    public async Task Metrics_are_served_where_the_app_maps_them_to_whom_it_allows()
    {
        await using TestApp app = await TestApp.StartAsync(
            isReal,
            builder => builder.Services.AddMessageQueue(options =>
            {
                TestApp.Open(options);
                options.AuthorizeOperate = request => ValueTask.FromResult(request is { Operation: Operation.ReadMetrics, Token: "t" });
            }).AddMessageQueue("closed", TestApp.Open),
            web =>
            {
                web.MapMessageQueueMetrics();
                web.MapMessageQueueMetrics("/closed", "closed");
                web.MapMessageQueue("/events");
            });
        await using EventClient alice = await app.ConnectAsync("/events", "session=alice&room=lobby");
        await alice.EmitAsync("lobby");
        using HttpClient http = app.CreateClient();

        HttpResponseMessage allowed = await http.GetAsync(new Uri("/metrics?token=t", UriKind.Relative)).OrTimeout();
        (await allowed.Content.ReadAsStringAsync()).Split('\n').Should().Contain("messagequeue_events_emitted_total 1")
            .And.NotContain("messagequeue_batch_size_count 0", "batches are counted before anybody asks");
        allowed.Content.Headers.ContentType!.MediaType.Should().Be("text/plain");
        (await http.GetAsync(new Uri("/metrics", UriKind.Relative)).OrTimeout()).StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        (await http.GetAsync(new Uri("/closed", UriKind.Relative)).OrTimeout()).StatusCode.Should().Be(HttpStatusCode.Forbidden);
        await app.App.Services.GetRequiredService<MessageQueueServer>().StopAsync().OrTimeout();
        app.ToleratesErrors = true;
    }

    [Test]
    public async Task Options_come_from_configuration_and_a_bad_one_is_named_at_start()
    {
        Dictionary<string, string?> settings =
            new() { ["MQ:MaxWindow"] = "5000", ["MQ:NamedSessionExpiry"] = "infinite", ["MQ:AllowedOrigins:0"] = "https://a.example" };
        await using (TestApp app = await StartAsync(settings))
        {
            MessageQueueOptions options = app.App.Services.GetRequiredService<IOptionsMonitor<MessageQueueOptions>>().Get("");
            options.MaxWindow.Should().Be(5000);
            options.NamedSessionExpiry.Should().Be(Timeout.InfiniteTimeSpan);
            options.AllowedOrigins.Should().Equal("https://a.example");
        }

        await FluentActions.Awaiting(() => StartAsync(new() { ["MQ:MaxWindow"] = "0" }))
            .Should().ThrowAsync<OptionsValidationException>().WithMessage("*MaxWindow is 0*");
        await FluentActions.Awaiting(() => StartAsync(new() { ["MQ:MaxWindow"] = "many" }))
            .Should().ThrowAsync<ArgumentException>().WithMessage("*MaxWindow*many*");
        await FluentActions.Awaiting(() => StartAsync(new() { ["MQ:MaxWindows"] = "1" }))
            .Should().ThrowAsync<ArgumentException>().WithMessage("*MQ:MaxWindows*");

        Task<TestApp> StartAsync(Dictionary<string, string?> values) => TestApp.StartAsync(
            isReal,
            builder =>
            {
                builder.Configuration.AddInMemoryCollection(values);
                builder.Services.AddMessageQueue(builder.Configuration.GetSection("MQ")).AddMessageQueue(TestApp.Open);
            },
            web => web.MapMessageQueue("/events"));
    }

    [Test]
    public async Task A_restart_of_the_app_finds_what_was_stored()
    {
        using TemporaryDirectory data = new();
        long id;
        await using (TestApp app = await StartAsync())
        await using (EventClient alice = await app.ConnectAsync("/events", "session=alice&room=lobby"))
        {
            id = await app.App.Services.GetRequiredService<MessageQueueServer>().Of("/").To("lobby").EmitAsync("news", 1).OrTimeout();
        }

        await using TestApp again = await StartAsync();
        await using EventClient back = await again.ConnectAsync("/events", "session=alice");
        (await back.NextAsync("event")).GetProperty("id").GetInt64().Should().Be(id);

        Task<TestApp> StartAsync() => TestApp.StartAsync(
            isReal,
            builder => builder.Services.AddMessageQueue(options =>
            {
                options.AllowEverything();
                options.DataDirectory = data.FullName;
            }),
            web => web.MapMessageQueue("/events"));
    }

    private static void AddAuthentication(WebApplicationBuilder builder)
    {
        builder.Services.AddAuthentication("header").AddScheme<AuthenticationSchemeOptions, HeaderAuthentication>("header", null);
        builder.Services.AddAuthorization();
        builder.Services.AddMessageQueue(TestApp.Open);
    }
}

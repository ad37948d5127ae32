namespace MessageQueue.Tests.EndToEnd;

/// <summary>Requests that the app does not allow: <c>forbidden</c> on an open connection, 1008 while connecting.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class PermissionTests
{
    [Test]
    public async Task An_embedded_server_refuses_everybody_until_the_app_sets_permissions()
    {
        await using TestServer server = await TestServer.StartAsync(options => options.AuthorizeConnect = null);
        await using EventClient client = await server.OpenAsync("session=bob");

        (await client.CloseCodeAsync()).Should().Be(1008);
    }

    [Test]
    public async Task A_refused_emit_stores_nothing_and_the_connection_continues()
    {
        await using TestServer server = await TestServer.StartAsync(options =>
            options.AuthorizeEmit = request => ValueTask.FromResult(!request.To.Contains("secret")));
        await using EventClient bob = await server.ConnectAsync("session=bob&room=lobby&room=secret");
        foreach (bool isVolatile in new[] { false, true })
        {
            await bob.SendAsync(new { type = "emit", @event = "e", to = new[] { "lobby", "secret" }, @volatile = isVolatile, id = "r" });
            await ShouldBeForbiddenAsync(bob);
        }

        await bob.ShouldHaveNoEventAsync();
        long sent = await bob.EmitAsync("lobby", id: "r");
        (await bob.NextIdsAsync(1)).Should().Equal([sent], "what was refused did not use up its reference");
    }

    [Test]
    public async Task A_room_that_is_not_allowed_is_refused_by_message_and_by_query()
    {
        await using TestServer server = await TestServer.StartAsync(options =>
            options.AuthorizeJoin = request => ValueTask.FromResult(request.Room != "secret"));
        await using EventClient bob = await server.ConnectAsync("session=bob&room=lobby");
        await bob.SendAsync(new { type = "join", room = "secret", id = "r" });
        await ShouldBeForbiddenAsync(bob);
        await bob.EmitAsync("secret");
        await bob.ShouldHaveNoEventAsync();

        await using EventClient eve = await server.OpenAsync("session=eve&room=lobby&room=secret");

        (await eve.CloseCodeAsync()).Should().Be(1008);
        await bob.SendAsync(new { type = "emit", @event = "e", to = "@eve" });
        (await bob.NextAsync("error")).GetProperty("code").GetString()
            .Should().Be("unknown_session", "a refused connection makes no session");
    }

    [Test]
    public async Task A_refused_connection_takes_nothing_over()
    {
        await using TestServer server = await TestServer.StartAsync(
            options => options.AuthorizeConnect = request => ValueTask.FromResult(request.Token == "good"));
        await using EventClient bob = await server.ConnectAsync("session=bob&token=good");

        await using EventClient eve = await server.OpenAsync("session=bob&token=bad");

        (await eve.CloseCodeAsync()).Should().Be(1008);
        await bob.PingAsync();
    }

    private static async Task ShouldBeForbiddenAsync(EventClient client)
    {
        var error = await client.NextAsync("error");
        error.GetProperty("code").GetString().Should().Be("forbidden");
        error.GetProperty("ref").GetString().Should().Be("r");
    }
}

using System.Text.Json;

namespace MessageQueue.Tests.EndToEnd;

/// <summary>The <c>id</c> of an emit: which emits count as the same, and which do not.</summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class IdempotenceTests : IAsyncDisposable
{
    private const int Remembered = 1024;

    private TestServer _server = null!;
    private EventClient _bob = null!;

    [SetUp]
    public async Task SetUp()
    {
        _server = await TestServer.StartAsync();
        _bob = await _server.ConnectAsync("session=bob&room=lobby");
    }

    public async ValueTask DisposeAsync()
    {
        await _bob.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Test]
    public async Task The_last_1024_references_are_remembered_and_an_older_one_is_new()
    {
        long first = await _bob.EmitAsync("lobby", id: "first");
        for (int i = 1; i < Remembered; i++)
        {
            await _bob.EmitAsync("lobby", id: $"{i}");
        }

        (await RepeatAsync("first")).Should().Be((first, true));
        await _bob.EmitAsync("lobby", id: "one more");

        (long id, bool duplicate) = await RepeatAsync("first");
        duplicate.Should().BeFalse();
        id.Should().BeGreaterThan(first);
        (await RepeatAsync("2")).Duplicate.Should().BeTrue("only the oldest are forgotten");
    }

    [Test]
    public async Task A_repetition_gets_the_first_acknowledgement_even_if_its_fields_differ()
    {
        long first = await _bob.EmitAsync("lobby", "one", id: "r");

        await _bob.SendAsync(new { type = "emit", @event = "two", to = new[] { "elsewhere", "@bob" }, data = 2, id = "r" });

        JsonElement ack = await _bob.NextAsync("ack");
        (ack.Id(), ack.Has("duplicate")).Should().Be((first, true));
        (await _bob.NextAsync("event")).GetProperty("event").GetString().Should().Be("one");
        await _bob.ShouldHaveNoEventAsync();
    }

    [Test]
    public async Task Sessions_may_use_the_same_reference_even_with_the_same_name_in_another_namespace()
    {
        await using EventClient alice = await _server.ConnectAsync("session=alice");
        await using EventClient elsewhere = await _server.ConnectAsync("session=bob", "/chat");
        List<long> ids = [await _bob.EmitAsync("lobby", id: "r"), await alice.EmitAsync("lobby", id: "r")];
        await elsewhere.EmitAsync("lobby", id: "r");

        (await _bob.NextIdsAsync(2)).Should().Equal(ids);
    }

    [Test]
    public async Task Only_durable_emits_are_remembered_by_their_references()
    {
        await _bob.SendAsync(new { type = "join", room = "red", id = "r" });
        await _bob.SendAsync(new { type = "ping", id = "r" });
        await _bob.SendAsync(new { type = "emit", @event = "e", to = "lobby", @volatile = true, id = "r" });
        await _bob.SendAsync(new { type = "emit", @event = "e", to = "@nobody", id = "r" });
        await _bob.NextAsync("error");
        (await _bob.NextAsync("pong")).GetProperty("ref").GetString().Should().Be("r");

        (await _bob.NextAsync("ack")).TryGetProperty("id", out _).Should().BeFalse();
        (await _bob.NextAsync("ack")).TryGetProperty("id", out _).Should().BeFalse();
        (await RepeatAsync("r")).Duplicate.Should().BeFalse();
        (await RepeatAsync("r")).Duplicate.Should().BeTrue();
    }

    [Test]
    public async Task A_reference_of_an_ended_session_is_new()
    {
        long first = await _bob.EmitAsync("lobby", id: "r");
        await _bob.SendAsync(new { type = "end" });
        await _bob.CloseCodeAsync();
        await using EventClient fresh = await _server.ConnectAsync("session=bob");

        (await fresh.EmitAsync("lobby", id: "r")).Should().BeGreaterThan(first);
    }

    private async Task<(long Id, bool Duplicate)> RepeatAsync(string reference)
    {
        await _bob.SendAsync(new { type = "emit", @event = "e", to = "lobby", id = reference });
        JsonElement ack = await _bob.NextAsync("ack");
        ack.GetProperty("ref").GetString().Should().Be(reference);
        return (ack.Id(), ack.Has("duplicate"));
    }
}

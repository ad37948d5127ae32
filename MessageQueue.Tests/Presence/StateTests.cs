using System.Globalization;
using System.Text.Json;
using MessageQueue.Connections.Json;
using MessageQueue.Pipeline;
using MessageQueue.Presence;
using MessageQueue.Protocol;
using MessageQueue.Storage;
using MessageQueue.Tests.Infrastructure;
using MessageQueue.Tests.Pipeline;

namespace MessageQueue.Tests.Presence;

/// <summary>The states that watchers get: in parts, and anew for those who are slow.</summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class StateTests
{
    private readonly ManualTimeProvider _clock = new();

    [Test]
    public async Task A_large_state_comes_in_parts_and_differences_in_between_leave_no_hole()
    {
        await using BrokerHarness harness = Start();
        List<JsonConnection> members = await FillAsync(harness, (2 * Teller.MaxMembers) + 1);
        FakeOutput output = new();
        JsonConnection watcher = await WatchAsync(harness, output);
        PresenceView view = new();

        // The output takes only the first part, while one who was not named yet leaves, and another comes.
        view.Apply(await output.NextAsync("presence"));
        view.Parts.Should().Be(1);
        view.Members.Should().HaveCount(Teller.MaxMembers);
        await BrokerHarness.SendAsync(members[^1], """{"type":"leave","room":"lobby"}""");
        (JsonConnection late, _) = await harness.ConnectAsync("late", "lobby");
        await TellAsync(harness);
        Drain(watcher, output);
        await TellAsync(harness);

        while (output.Waiting > 0)
        {
            view.Apply(await output.NextAsync("presence"));
        }

        view.IsComplete.Should().BeTrue();
        view.Members.Keys.Should().BeEquivalentTo(
            [.. Enumerable.Range(0, 2 * Teller.MaxMembers).Select(i => i.ToString(CultureInfo.InvariantCulture)), "late"]);
        await CloseAsync([.. members, late, watcher]);
    }

    [Test]
    public async Task A_slow_watcher_gets_a_new_state_instead_of_the_differences_that_it_missed()
    {
        await using BrokerHarness harness = Start();
        FakeOutput output = new();
        JsonConnection watcher = await WatchAsync(harness, output);
        await output.NextAsync("presence");
        List<JsonConnection> members = [];
        output.IsFull = true;
        for (int i = 0; i < 50; i++)
        {
            (JsonConnection member, _) = await harness.ConnectAsync($"m{i}", "lobby");
            members.Add(member);
            await TellAsync(harness);
        }

        output.Waiting.Should().Be(0);
        Drain(watcher, output);
        await TellAsync(harness);

        JsonElement state = await output.NextAsync("presence");
        state.GetProperty("members").GetArrayLength().Should().Be(50);
        output.Waiting.Should().Be(0, "one message stands for all that it missed");
        await CloseAsync([.. members, watcher]);
    }

    [Test]
    public async Task Changes_of_an_interval_are_one_message_and_many_are_split()
    {
        await using BrokerHarness harness = Start();
        FakeOutput output = new();
        JsonConnection watcher = await WatchAsync(harness, output);
        await output.NextAsync("presence");
        Drain(watcher, output);

        List<JsonConnection> members = await FillAsync(harness, Teller.MaxMembers + 1);
        await TellAsync(harness);

        JsonElement first = await output.NextAsync("presence");
        JsonElement second = await output.NextAsync("presence");
        first.GetProperty("joined").GetArrayLength().Should().Be(Teller.MaxMembers);
        second.GetProperty("joined").GetArrayLength().Should().Be(1);
        second.GetProperty("version").GetInt64().Should().BeGreaterThan(first.GetProperty("version").GetInt64());
        output.Waiting.Should().Be(0);
        await CloseAsync([.. members, watcher]);
    }

    [Test]
    public async Task A_room_that_nobody_watches_any_more_is_followed_no_more()
    {
        await using BrokerHarness harness = Start();
        FakeOutput output = new();
        JsonConnection watcher = await WatchAsync(harness, output);
        await output.NextAsync("presence");
        (await IsWatchedAsync(harness)).Should().BeTrue();

        await watcher.OnClosedAsync().AsTask().OrTimeout();

        (await IsWatchedAsync(harness)).Should().BeFalse();
    }

    private BrokerHarness Start() => new(new InMemoryEventLog(), options => options.TimeProvider = _clock);

    private static Task<bool> IsWatchedAsync(BrokerHarness harness) =>
        harness.Broker.AskAsync(_ => harness.Broker.Presence.IsWatched("/", "lobby")).OrTimeout();

    private static async Task<List<JsonConnection>> FillAsync(BrokerHarness harness, int count)
    {
        List<JsonConnection> members = [];
        for (int i = 0; i < count; i++)
        {
            members.Add((await harness.ConnectAsync(i.ToString(CultureInfo.InvariantCulture), "lobby")).Client);
        }

        return members;
    }

    // The output takes the welcome and one message, and is full then.
    private static async Task<JsonConnection> WatchAsync(BrokerHarness harness, FakeOutput output)
    {
        output.FullAfter = 1;
        JsonConnection watcher = new(harness.Json, output, new ConnectionParameters { Session = "watcher", Watches = ["lobby"] });
        await watcher.AttachAsync().OrTimeout();
        await output.NextAsync("welcome");
        return watcher;
    }

    private static void Drain(JsonConnection watcher, FakeOutput output)
    {
        output.IsFull = false;
        watcher.OnDrained();
    }

    private async Task TellAsync(BrokerHarness harness)
    {
        await harness.Broker.AskAsync(static state => state.Head).OrTimeout();
        _clock.Advance(TimeSpan.FromMilliseconds(100));
        for (int round = 0; round < 10; round++)
        {
            await harness.Broker.AskAsync(static state => state.Head).OrTimeout();
        }
    }

    private static async Task CloseAsync(JsonConnection[] clients)
    {
        foreach (JsonConnection client in clients)
        {
            await client.OnClosedAsync().AsTask().OrTimeout();
        }
    }
}

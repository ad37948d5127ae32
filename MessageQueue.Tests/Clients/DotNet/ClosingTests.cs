using System.Threading.Channels;
using MessageQueue.Client;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Clients.DotNet;

/// <summary>The cases of docs/clients.md, section "Closing".</summary>
internal sealed class ClosingTests : ClientFixture
{
    [Test]
    public async Task Close_waits_up_to_a_limit()
    {
        TaskCompletionSource finish = new();
        ClientProbe ann = await InLobbyAsync("ann");
        ChannelReader<MessageQueue.Client.ReceivedEvent<int>> received = ann.Collect<int>("say", _ => finish.Task);
        await ann.Client.EmitAsync("say", 1, "lobby").OrTimeout();
        await ann.Client.EmitAsync("say", 2, "lobby").OrTimeout();
        await received.ReadAsync().OrTimeout();

        ValueTask closing = ann.DisposeAsync();

        (await CodeAsync(ann.Client.EmitAsync("say", 3, "lobby"))).Should().Be("closed");
        closing.IsCompleted.Should().BeFalse("a handler runs");
        finish.SetResult();
        await closing.AsTask().OrTimeout();
        received.TryRead(out _).Should().BeFalse("no handler starts any more");
        (await PendingAsync("ann")).Should().Be(1, "the handled event is acknowledged, and the other one is not");
        await CheckLimitAsync();
    }

    [Test]
    public async Task A_client_that_never_connected_can_be_closed()
    {
        ClientProbe ann = Create("ann");
        Task<long> emitting = ann.Client.EmitAsync("say", 1, "lobby");

        await ann.DisposeAsync().AsTask().OrTimeout();

        (await CodeAsync(emitting)).Should().Be("closed");
        (await CodeAsync(ann.Client.ConnectAsync())).Should().Be("closed");
    }

    [Test]
    public async Task A_handler_can_close_its_client()
    {
        ClientProbe ann = await InLobbyAsync("ann", options => options.CloseTimeout = TimeSpan.Zero);
        ChannelReader<MessageQueue.Client.ReceivedEvent<int>> received = ann.Collect<int>("say", _ => ann.DisposeAsync().AsTask());

        await ann.Client.EmitAsync("say", 1, "lobby").OrTimeout();

        await received.ReadAsync().OrTimeout();
        await ann.UntilAsync(ClientStatus.Closed);
    }

    private static async Task<string> CodeAsync(Task task) =>
        (await FluentActions.Awaiting(() => task.OrTimeout()).Should().ThrowAsync<MessageQueueClientException>()).Which.Code;

    private async Task CheckLimitAsync()
    {
        ManualTimeProvider clock = new();
        ClientProbe bob = await InLobbyAsync("bob", options => options.TimeProvider = clock);
        Proxy.Refuses = true;
        Proxy.Cut();
        await bob.UntilAsync(ClientStatus.Waiting);
        Task<long> emitting = bob.Client.EmitAsync("say", 4, "lobby");
        Task closing = bob.DisposeAsync().AsTask();
        DateTimeOffset start = clock.GetUtcNow();

        await clock.AdvanceUntilAsync(() => closing.IsCompleted, TimeSpan.FromSeconds(0.5));

        (clock.GetUtcNow() - start).Should().BeGreaterThanOrEqualTo(TimeSpan.FromSeconds(5));
        (await CodeAsync(emitting)).Should().Be("closed");
    }
}

using MessageQueue.Http;
using MessageQueue.Protocol;
using MessageQueue.Tests.Infrastructure;
using MessageQueue.Tests.Pipeline;

namespace MessageQueue.Tests.Http;

/// <summary>When a published event is answered, and how, if the log is slow, full or failed.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class PublisherTests
{
    private static readonly PublishParameters ToLobby = new() { Namespace = "/", Event = "e", To = ["lobby"], Reference = "k" };

    [Test]
    public async Task A_published_event_is_acknowledged_only_when_it_is_durable()
    {
        StubbornLog log = new();
        await using BrokerHarness harness = new(log);
        await harness.ConnectAsync("alice", "lobby");
        log.Hold();

        Task<PublishResult> published = new Publisher(harness.Services).PublishAsync(ToLobby, "1"u8.ToArray());
        await log.Syncing.WaitAsync().OrTimeout();
        bool early = published.IsCompleted;
        log.Release();

        early.Should().BeFalse();
        (await published.OrTimeout()).EventId.Should().BePositive();
    }

    [Test]
    public async Task A_log_that_fails_leaves_the_outcome_unknown_and_says_so()
    {
        StubbornLog log = new();
        await using BrokerHarness harness = new(log);
        await harness.ConnectAsync("alice", "lobby");
        log.Failure = new IOException("no");

        ProtocolError? error = (await new Publisher(harness.Services).PublishAsync(ToLobby, default).OrTimeout()).Error;

        error!.Value.Code.Should().Be("unavailable");
        error.Value.Message.Should().Contain("Idempotency-Key").And.NotContain("nothing was stored");
    }

    [Test]
    public async Task A_full_disk_is_reported_and_does_not_use_up_the_key()
    {
        CrampedLog log = new() { HasRoom = false };
        await using BrokerHarness harness = new(log);
        Publisher publisher = new(harness.Services);

        ProtocolError? error = (await publisher.PublishAsync(ToLobby, default).OrTimeout()).Error;
        PublishResult isVolatile = await publisher.PublishAsync(ToLobby with { IsVolatile = true, To = ["*"] }, default).OrTimeout();
        log.HasRoom = true;
        PublishResult again = await publisher.PublishAsync(ToLobby, default).OrTimeout();

        error!.Value.Code.Should().Be("unavailable");
        error.Value.Message.Should().Contain("disk is full");
        isVolatile.Error.Should().BeNull("it needs no disk");
        again.EventId.Should().BePositive();
        again.IsDuplicate.Should().BeFalse();
    }
}

using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.EndToEnd;

/// <summary>
/// A backup is restored while clients keep state. They do what docs/protocol.md says about a log that is not the same as before.
/// </summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class RestoreTests : IDisposable
{
    private readonly TemporaryDirectory _data = new();
    private readonly TemporaryDirectory _copy = new();

    public void Dispose()
    {
        _data.Dispose();
        _copy.Dispose();
    }

    [Test]
    public async Task After_a_restore_a_client_gets_every_new_event_and_learns_what_was_lost()
    {
        CarefulClient receiver = new("receiver");
        CarefulClient sender = new("sender");
        await using (TestServer server = await TestServer.StartAsync(_data))
        {
            await receiver.ConnectAsync(server, "&room=lobby");
            await sender.ConnectAsync(server);
            await sender.EmitAsync("a1", "a2", "a3");
            await receiver.DealWithAsync(3);
            MessageQueueLog.Backup(_data.FullName, _copy.FullName);
            await sender.EmitAsync("b1", "b2");
            await receiver.DealWithAsync(2);
            await receiver.CloseAsync();
            await sender.CloseAsync();
        }

        await using TestServer restored = await TestServer.StartAsync(_copy);
        await receiver.ConnectAsync(restored);
        await sender.ConnectAsync(restored);
        receiver.Lost.Should().Equal("b1", "b2");
        sender.Repeated.Should().Equal("b1", "b2");
        await sender.EmitAsync("c1", "c2", "c3", "c4", "c5");
        await receiver.DealWithAsync(7);

        receiver.Handled.Should().Equal("a1", "a2", "a3", "b1", "b2", "b1", "b2", "c1", "c2", "c3", "c4", "c5");
        await receiver.CloseAsync();
        await sender.CloseAsync();
    }

    [Test]
    public async Task Events_of_the_backup_are_neither_stored_nor_handled_again()
    {
        CarefulClient receiver = new("receiver");
        await using (TestServer server = await TestServer.StartAsync(_data))
        {
            await receiver.ConnectAsync(server, "&room=lobby");
            await receiver.EmitAsync("a1", "a2");
            MessageQueueLog.Backup(_data.FullName, _copy.FullName);
            await receiver.DealWithAsync(2);
            await receiver.CloseAsync();
        }

        await using TestServer restored = await TestServer.StartAsync(_copy);
        await receiver.ConnectAsync(restored);
        receiver.Lost.Should().BeEmpty();
        await receiver.EmitAsync("a2", "a3");
        await receiver.DealWithAsync(1);

        receiver.Handled.Should().Equal("a1", "a2", "a3");
        await receiver.CloseAsync();
    }

    [Test]
    public async Task The_welcome_of_an_original_log_has_no_continues()
    {
        await using TestServer server = await TestServer.StartAsync(_data);
        await using EventClient client = await server.ConnectAsync("session=a");
        client.Welcome.TryGetProperty("continues", out _).Should().BeFalse();
    }

    [Test]
    public async Task A_backup_that_is_restored_twice_has_two_log_ids()
    {
        using TemporaryDirectory another = new();
        await using TestServer server = await TestServer.StartAsync(_data);
        await using EventClient client = await server.ConnectAsync("session=a");
        MessageQueueLog.Backup(_data.FullName, _copy.FullName);
        MessageQueueLog.Backup(_copy.FullName, another.FullName);
        await using TestServer first = await TestServer.StartAsync(_copy);
        await using TestServer second = await TestServer.StartAsync(another);
        await using EventClient ofFirst = await first.ConnectAsync("session=a");
        await using EventClient ofSecond = await second.ConnectAsync("session=a");

        new[] { client, ofFirst, ofSecond }.Select(one => one.Welcome.GetProperty("log").GetString()).Should().OnlyHaveUniqueItems();
        ofFirst.Welcome.GetProperty("continues").GetRawText().Should().Be(ofSecond.Welcome.GetProperty("continues").GetRawText());
    }
}

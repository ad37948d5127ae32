using MessageQueue.SocketIO.Connections;
using MessageQueue.SocketIO.Packets;

namespace MessageQueue.Tests.SocketIO.Connections;

/// <summary>Attachments that are wrong, too large, or never come.</summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class AttachmentTests : IAsyncDisposable
{
    private readonly SocketIOHarness _server = new();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Test]
    public async Task Text_among_attachments_closes()
    {
        (FakeEngine client, _) = await _server.ConnectAsync();

        await client.SendAsync("""51-["echo",{"_placeholder":true,"num":0}]""", """2["echo"]""");

        client.ClosedWith!.Code.Should().Be(1002);
    }

    [Test]
    public async Task An_attachment_that_belongs_to_nothing_closes()
    {
        (FakeEngine client, _) = await _server.ConnectAsync();

        await client.SendAsync([1]);

        client.ClosedWith!.Code.Should().Be(1002);
    }

    [TestCase("""51-["echo",{"_placeholder":true,"num":1}]""")]
    [TestCase("""51-["echo"]""")]
    [TestCase("""51-["echo",{"_placeholder":true,"num":0},{"_placeholder":true,"num":0}]""")]
    [TestCase("""511-["echo"]""")]
    public async Task Wrong_placeholders_close(string packet)
    {
        (FakeEngine client, _) = await _server.ConnectAsync();

        await client.SendAsync(packet);
        await client.SendAsync([1]);

        client.ClosedWith!.Code.Should().Be(1002);
    }

    [Test]
    public async Task Attachments_that_never_come_close_the_connection()
    {
        (FakeEngine client, _) = await _server.ConnectAsync();
        await client.SendAsync("""51-["echo",{"_placeholder":true,"num":0}]""");
        long since = _server.Time.GetTimestamp();

        client.Handler.OnTick(since + TimeSpan.FromSeconds(44).Ticks);
        client.ClosedWith.Should().BeNull();
        client.Handler.OnTick(since + TimeSpan.FromSeconds(46).Ticks);

        client.ClosedWith!.Text.Should().Be("the attachments did not come in time");
    }

    [Test]
    public async Task Attachments_that_are_too_large_are_refused_and_the_connection_goes_on()
    {
        (FakeEngine client, _) = await _server.ConnectAsync();

        await client.SendAsync(
            """53-7["echo",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1},{"_placeholder":true,"num":2}]""");
        await client.SendAsync(new byte[900_000]);
        await client.SendAsync(new byte[900_000]);
        await client.SendAsync(new byte[900_000]);

        (await client.NextAsync()).Should().StartWith("""37[{"error":{"code":"bad_message","message":"an event with its attachments""");
        await client.SendAsync("""28["echo",1]""");
        (await client.NextAsync()).Should().Be("38[1]");
        _server.App.Called.Should().Equal("echo 1");
    }

    [Test]
    public void A_packet_that_is_too_large_holds_no_attachments()
    {
        Packet.TryRead("53-[\"a\"]"u8.ToArray(), 10, out Packet packet).Should().BeTrue();
        PendingPacket pending = new(packet, maxBytes: 1000, since: 0);

        pending.Add(new byte[700]).Should().BeFalse();
        pending.HeldBytes.Should().BeGreaterThan(700);
        pending.Add(new byte[700]).Should().BeFalse();

        pending.HeldBytes.Should().BeLessThan(100);
        pending.Add(new byte[700]).Should().BeTrue();
        pending.IsTooLarge.Should().BeTrue();
    }
}

using MessageQueue.Tests.EndToEnd;

namespace MessageQueue.Tests.Infrastructure;

/// <summary>The proxy through which clients are tested does what its methods say.</summary>
internal sealed class FaultProxyTests
{
    private TestServer _server = null!;
    private FaultProxy _proxy = null!;

    [SetUp]
    public async Task SetUpAsync()
    {
        _server = await TestServer.StartAsync();
        _proxy = new FaultProxy(_server.Url);
    }

    [TearDown]
    public async Task TearDownAsync()
    {
        await _proxy.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Test]
    public async Task Without_a_fault_everything_passes()
    {
        await using EventClient ann = await ConnectAsync();

        (await ann.EmitAsync("lobby")).Should().BePositive();

        _proxy.Accepted.Should().Be(1);
        _proxy.Open.Should().Be(1);
    }

    [Test]
    public async Task A_cut_ends_every_connection_and_new_ones_pass()
    {
        await using EventClient ann = await ConnectAsync();

        _proxy.Cut();

        await FluentActions.Awaiting(() => ann.NextAsync("event")).Should().ThrowAsync<Exception>();
        await using EventClient again = await ConnectAsync();
        again.Welcome.GetProperty("resumed").GetBoolean().Should().BeTrue();
    }

    [Test]
    public async Task A_cut_inside_ends_a_connection_in_the_middle_of_a_message()
    {
        await using EventClient ann = await ConnectAsync();
        _proxy.CutAfter(10);

        await FluentActions.Awaiting(() => ann.EmitAsync("lobby")).Should().ThrowAsync<Exception>();
    }

    [Test]
    public async Task What_is_stalled_passes_later()
    {
        await using EventClient ann = await ConnectAsync();
        _proxy.Stall();
        Task<long> emitting = ann.EmitAsync("lobby");
        emitting.IsCompleted.Should().BeFalse();

        _proxy.Resume();

        (await emitting).Should().BePositive();
    }

    [Test]
    public async Task Through_a_half_open_connection_nothing_comes_and_a_new_one_takes_over()
    {
        await using EventClient ann = await ConnectAsync();
        _proxy.HalfOpen();
        Task<long> emitting = ann.EmitAsync("lobby");

        await using EventClient again = await ConnectAsync();

        (await again.EmitAsync("lobby")).Should().BePositive();
        emitting.IsCompleted.Should().BeFalse();
        _proxy.Cut();
        await FluentActions.Awaiting(() => emitting).Should().ThrowAsync<Exception>();
    }

    [Test]
    public async Task Clients_do_not_notice_that_the_server_is_another_one()
    {
        await using TestServer other = await TestServer.StartAsync();
        _proxy.PointTo(other.Url);

        await using EventClient ann = await ConnectAsync();

        (await other.Server.Of("/").FindSessionAsync("ann")).Should().NotBeNull();
    }

    [Test]
    public async Task Refused_connections_are_reset()
    {
        _proxy.Refuses = true;

        await FluentActions.Awaiting(ConnectAsync).Should().ThrowAsync<Exception>();
    }

    private Task<EventClient> ConnectAsync() => EventClient.ConnectAsync(_proxy.Url, "session=ann&room=lobby");
}

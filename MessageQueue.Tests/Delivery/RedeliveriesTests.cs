using MessageQueue.Delivery;
using MessageQueue.Tests.Infrastructure;
using MessageQueue.Tests.State;

namespace MessageQueue.Tests.Delivery;

[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class RedeliveriesTests : IDisposable
{
    private readonly ManualTimeProvider _clock = new();
    private readonly ConnectionWindow _connection = new(null!, size: 100_000, acknowledgesItself: false, isShared: false);
    private readonly SessionDelivery _session = new(new FoldLog().Attach("bob").Session!);
    private readonly Redeliveries _redeliveries;
    private int _calls;

    public RedeliveriesTests() =>
        _redeliveries = new Redeliveries(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(30), _clock, () => _calls++);

    public void Dispose() => _redeliveries.Dispose();

    [TestCase(1, 0, 100)]
    [TestCase(2, 0, 200)]
    [TestCase(9, 0, 25_600)]
    [TestCase(10, 0, 30_000)]
    [TestCase(65_535, 0, 30_000)]
    [TestCase(1, 86_400_000, 86_400_000)]
    [TestCase(3, 399, 400)]
    public void The_timer_calls_when_the_longer_of_delay_and_back_off_is_over(int deliveries, long delay, long expected)
    {
        _session.Unacked.AddInFlight(7, _connection);

        _redeliveries.Delay(_session, 7, deliveries, delay);

        _clock.Advance(TimeSpan.FromMilliseconds(expected - 1));
        _calls.Should().Be(0);
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        _calls.Should().Be(1);
    }

    [Test]
    public void Redeliveries_come_in_the_order_in_which_they_are_due()
    {
        _session.Unacked.AddInFlight(1, _connection);
        _session.Unacked.AddInFlight(2, _connection);
        _redeliveries.Delay(_session, 1, 1, 5_000);
        _redeliveries.Delay(_session, 2, 1, 1_000);

        _clock.Advance(TimeSpan.FromSeconds(1));
        _redeliveries.Run(_ => { });
        Waiting().Should().Equal(2);
        _clock.Advance(TimeSpan.FromSeconds(4));
        _redeliveries.Run(_ => { });
        Waiting().Should().Equal(1, 2);
        _calls.Should().Be(2);
        _redeliveries.Count.Should().Be(0);
    }

    [Test]
    public void Acknowledging_delayed_events_leaves_no_memory_behind()
    {
        for (long sequence = 1; sequence <= 100_000; sequence++)
        {
            _session.Unacked.AddInFlight(sequence, _connection);
            _redeliveries.Delay(_session, sequence, 1, 86_400_000);
            _session.Unacked.Remove(sequence);
        }

        _redeliveries.Count.Should().BeLessThan(2_000);
    }

    [Test]
    public void An_acknowledged_event_or_one_of_an_ended_session_is_not_redelivered()
    {
        _session.Unacked.AddInFlight(1, _connection);
        _session.Unacked.AddInFlight(2, _connection);
        _redeliveries.Delay(_session, 1, 1, 0);
        _redeliveries.Delay(_session, 2, 1, 0);
        _session.Unacked.Remove(1);
        _clock.Advance(TimeSpan.FromSeconds(1));
        _session.Session.IsEnded = true;

        _redeliveries.Run(_ => { });

        Waiting().Should().BeEmpty();
    }

    [Test]
    public void While_the_maximum_of_delayed_events_waits_nothing_else_is_sent()
    {
        _session.Add(_connection);
        for (long sequence = 1; sequence <= SessionDelivery.MaxDelayed; sequence++)
        {
            _session.HasRoom.Should().BeTrue();
            _session.Unacked.AddInFlight(sequence, _connection);
            _redeliveries.Delay(_session, sequence, 1, 0);
        }

        (_session.HasRoom, _session.Room).Should().Be((false, 0));
        _clock.Advance(TimeSpan.FromMilliseconds(100));
        _redeliveries.Run(_ => { });
        _session.HasRoom.Should().BeTrue();
    }

    private List<long> Waiting()
    {
        long[] sequences = new long[10];
        return [.. sequences.Take(_session.Unacked.CopyWaiting(sequences))];
    }
}

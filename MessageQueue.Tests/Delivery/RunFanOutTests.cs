using MessageQueue.Delivery;
using MessageQueue.Protocol;
using MessageQueue.State;
using MessageQueue.Tests.Infrastructure;
using MessageQueue.Tests.State;

namespace MessageQueue.Tests.Delivery;

/// <summary>The events of a batch reach each receiver together where they can, and in their order in any case.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class RunFanOutTests : IDisposable
{
    private readonly FoldLog _log = new();
    private readonly EventCache _cache = new(1 << 20);
    private readonly ProgressJournal _journal;
    private readonly SessionDeliveries _deliveries;
    private readonly FanOut _fanOut;
    private readonly RunFanOut _runs;
    private long _connected;

    public RunFanOutTests()
    {
        _journal = new ProgressJournal(new ManualTimeProvider(), () => { });
        Dispatcher dispatcher = new(_journal);
        _deliveries = new SessionDeliveries(_log.State);
        CatchUp catchUp = new(_log.State, _deliveries, _cache, null!, dispatcher, null!);
        _fanOut = new FanOut(_log.State, _deliveries, catchUp, dispatcher, new ManualTimeProvider());
        _runs = new RunFanOut(_log.State, _deliveries, catchUp, dispatcher, _fanOut);
    }

    public void Dispose() => _journal.Dispose();

    [Test]
    public void Events_to_one_room_come_together()
    {
        Receiver bob = Connect("bob", "lobby");
        Receiver eve = Connect("eve", "lobby", "kitchen");
        Receiver max = Connect("max", "kitchen");

        Emit("lobby");
        Emit("lobby");
        Emit("lobby");
        bob.Calls.Should().BeEmpty("they are published at the end of the batch");
        _runs.Publish();

        bob.Calls.Should().Equal("1 2 3");
        eve.Calls.Should().Equal("1 2 3");
        max.Calls.Should().BeEmpty();
        bob.Delivery.Cursor.Should().Be(_log.State.Head);
        bob.Delivery.Unacked.InFlight.Should().Be(3);
        bob.Window.InFlight.Should().Be(3);
        _runs.Publish();
        bob.Calls.Should().HaveCount(1, "what was published is over");
    }

    [Test]
    public void An_event_to_another_room_comes_after_those_before_it()
    {
        Receiver eve = Connect("eve", "lobby", "kitchen");

        Emit("lobby");
        Emit("lobby");
        Emit("kitchen");
        Emit("kitchen", "lobby");
        Emit("lobby");
        _runs.Publish();

        eve.Calls.Should().Equal("1 2", "3", "4 alone", "5");
    }

    [Test]
    public void Who_is_excluded_from_one_event_gets_the_others()
    {
        Receiver ann = Connect("ann", "lobby");
        Receiver bob = Connect("bob", "lobby");
        Receiver eve = Connect("eve", "lobby");

        EmitFrom(ann, "lobby");
        EmitFrom(ann, "lobby");
        EmitFrom(bob, "lobby");
        _runs.Publish();

        ann.Calls.Should().Equal("3 alone");
        bob.Calls.Should().Equal("1 alone", "2 alone");
        eve.Calls.Should().Equal("1 2 3");
    }

    [Test]
    public void More_exclusions_than_a_run_looks_through_end_it()
    {
        Receiver[] senders = [.. Enumerable.Range(0, 20).Select(i => Connect($"s{i}", "lobby"))];
        Receiver eve = Connect("eve", "lobby");
        foreach (Receiver sender in senders)
        {
            EmitFrom(sender, "lobby");
        }

        _runs.Publish();

        eve.Numbers.Should().Equal(Enumerable.Range(1, 20));
        senders[3].Numbers.Should().Equal(Enumerable.Range(1, 20).Except([4]));
    }

    [Test]
    public void A_window_takes_what_fits_and_the_rest_is_caught_up()
    {
        Receiver bob = Connect("bob", size: 2, acknowledgesItself: false, "lobby");

        Emit("lobby");
        Emit("lobby");
        Emit("lobby");
        _runs.Publish();

        bob.Calls.Should().Equal("1 alone", "2 alone");
        bob.Delivery.IsCaughtUp.Should().BeFalse();
        Emit("lobby");
        _runs.Publish();
        bob.Calls.Should().HaveCount(2, "nothing overtakes the third");

        bob.Delivery.Unacked.RemoveUpTo(bob.Delivery.Cursor);
        _fanOut.Enqueue(bob.Delivery);
        _fanOut.RunOne();
        bob.Calls.Should().Equal("1 alone", "2 alone", "3 alone", "4 alone");
    }

    [Test]
    public void A_connection_that_acknowledges_by_itself_takes_more_than_its_window()
    {
        Receiver bob = Connect("bob", size: 1, acknowledgesItself: true, "lobby");

        Emit("lobby");
        Emit("lobby");
        _runs.Publish();

        bob.Calls.Should().Equal("1 2");
        bob.Delivery.Unacked.HighestAcknowledged.Should().Be(_log.State.Head);
        bob.Delivery.Unacked.Count.Should().Be(0);
    }

    [Test]
    public void An_output_without_room_for_all_is_tried_with_each()
    {
        Receiver bob = Connect("bob", "lobby");
        bob.Room = 1;

        Emit("lobby");
        Emit("lobby");
        _runs.Publish();

        bob.Calls.Should().Equal("1 alone");
        bob.Window.IsBlocked.Should().BeTrue();
        bob.Delivery.IsCaughtUp.Should().BeFalse();
        bob.Delivery.Cursor.Should().Be(_log.State.Head - 1);
    }

    [Test]
    public void The_connections_of_a_shared_session_take_turns_with_each_event()
    {
        Receiver one = Connect("bob", "lobby");
        Receiver other = new(this);
        _fanOut.Attach(one.Delivery.Session, other.Window = new ConnectionWindow(other, 4, false, isShared: true));

        Emit("lobby");
        Emit("lobby");
        _runs.Publish();

        one.Calls.Concat(other.Calls).Should().BeEquivalentTo("1 alone", "2 alone");
        other.Calls.Should().HaveCount(1);
    }

    [Test]
    public void A_long_run_is_cut()
    {
        Receiver bob = Connect("bob", size: 10_000, acknowledgesItself: false, "lobby");
        for (int i = 0; i < 1000; i++)
        {
            Emit("lobby");
        }

        _runs.Publish();

        bob.Numbers.Should().Equal(Enumerable.Range(1, 1000));
        bob.Calls.Count.Should().BeInRange(2, 100);
    }

    [Test]
    public void Delivering_a_run_allocates_nothing()
    {
        Receiver bob = Connect("bob", size: 100, acknowledgesItself: true, "lobby");
        bob.Records = false;
        StoredEvent[] events = [.. Enumerable.Range(0, 10).Select(_ => Stored(_log.Emit(null, ["lobby"])))];
        Deliver(10);

        long before = GC.GetAllocatedBytesForCurrentThread();
        Deliver(1000);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        bob.Taken.Should().Be(10_100);
        allocated.Should().Be(0);

        void Deliver(int count)
        {
            for (int i = 0; i < count; i++)
            {
                foreach (StoredEvent storedEvent in events)
                {
                    _runs.Add(storedEvent);
                }

                _runs.Publish();
            }
        }
    }

    private Receiver Connect(string session, params string[] rooms) => Connect(session, 1000, false, rooms);

    private Receiver Connect(string session, int size, bool acknowledgesItself, params string[] rooms)
    {
        SessionState state = _log.Attach(session, rooms).Session!;
        Receiver receiver = new(this);
        receiver.Window = new ConnectionWindow(receiver, size, acknowledgesItself, isShared: true);
        _fanOut.Attach(state, receiver.Window);
        _fanOut.RunOne();
        foreach (SessionDelivery delivery in _deliveries.Items)
        {
            delivery.IsCaughtUp.Should().BeTrue();
        }

        _connected = _log.State.Head;
        return receiver;
    }

    private void Emit(params string[] to) => Add(_log.Emit(null, to));

    private void EmitFrom(Receiver sender, string to) => Add(_log.Emit(sender.Delivery.Session, [to], echo: false));

    private void Add(Outcome outcome) => _runs.Add(Stored(outcome));

    private StoredEvent Stored(Outcome outcome)
    {
        outcome.IsEvent.Should().BeTrue();
        _cache.Add(_log.Records[^1]);
        return _cache.Find(_log.Records[^1].Sequence)!.Stored;
    }

    /// <summary>Notes what it is given, numbered from 1: a run as "1 2 3", an event by itself as "4 alone".</summary>
    private sealed class Receiver(RunFanOutTests test) : IConnection
    {
        public List<string> Calls { get; } = [];

        public IEnumerable<int> Numbers => Calls
            .SelectMany(call => call.Split(' '))
            .Where(word => word != "alone")
            .Select(word => int.Parse(word, System.Globalization.CultureInfo.InvariantCulture));

        public ConnectionWindow Window { get; set; } = null!;

        public SessionDelivery Delivery => Window.SessionDelivery!;

        public bool Records { get; set; } = true;

        public int Room { get; set; } = int.MaxValue;

        public int Taken { get; private set; }

        public CloseReason? ClosedWith => null;

        public bool TryDeliver(OutgoingEvent outgoing, int target, bool redelivered)
        {
            if (Room == 0)
            {
                return false;
            }

            Room--;
            Calls.Add($"{outgoing.Stored.Sequence - test._connected} alone");
            return true;
        }

        public bool TryDeliver(EventRun run)
        {
            if (Room < run.Events.Length)
            {
                return false;
            }

            Taken += run.Events.Length;
            if (Records)
            {
                Calls.Add(string.Join(' ', run.Events.ToArray().Select(stored => stored.Sequence - test._connected)));
            }

            return true;
        }

        public void Welcome(in Welcome welcome)
        {
        }

        public void Acknowledged(ReadOnlySpan<byte> reference, long? id, EventData data, bool duplicate)
        {
        }

        public void Refused(ProtocolError error, ReadOnlySpan<byte> reference)
        {
        }

        public void Pong(ReadOnlySpan<byte> reference)
        {
        }

        public void Gap(in Gap gap)
        {
        }

        public void Close(CloseReason reason)
        {
        }
    }
}

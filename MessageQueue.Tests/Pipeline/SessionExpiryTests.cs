using MessageQueue.Commands;
using MessageQueue.Pipeline;
using MessageQueue.State;
using MessageQueue.Tests.State;

namespace MessageQueue.Tests.Pipeline;

[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class SessionExpiryTests
{
    private readonly FoldLog _log = new();
    private readonly CommandQueue _queue = new(1 << 20);
    private readonly SessionExpiry _expiry;

    public SessionExpiryTests() => _expiry = new SessionExpiry(TimeSpan.FromDays(7), TimeSpan.FromMinutes(2), _queue);

    [Test]
    public void A_session_that_reconnects_often_is_kept_about_once()
    {
        SessionState bob = Visit("bob");
        for (int i = 0; i < 10_000; i++)
        {
            Visit("alice");
        }

        _expiry.Count.Should().BeLessThan(2_000);
        _expiry.Run(bob.LastSeen + (long)TimeSpan.FromDays(7).TotalMilliseconds);
        Ends().Should().Be(2, "both have to end, each once");
    }

    [Test]
    public void An_ended_session_is_released()
    {
        for (int i = 0; i < 10_000; i++)
        {
            _log.End(Visit($"once-{i}"));
        }

        _expiry.Count.Should().BeLessThan(2_000);
    }

    [Test]
    public void Sessions_that_expire_together_end_in_turns()
    {
        NamespaceState ns = new("/");
        for (int i = 1; i <= 5000; i++)
        {
            _expiry.Add(new SessionState(i, $"session-{i}", ns));
        }

        _expiry.Run((long)TimeSpan.FromDays(8).TotalMilliseconds);
        Ends().Should().Be(4096);

        _expiry.Run((long)TimeSpan.FromDays(8).TotalMilliseconds);
        Ends().Should().Be(5000 - 4096);
    }

    private int Ends()
    {
        int ends = 0;
        while (_queue.Reader.TryRead(out _))
        {
            ends++;
        }

        return ends;
    }

    private SessionState Visit(string name)
    {
        SessionState session = _log.Attach(name).Session!;
        _log.Detach(session);
        _expiry.Add(session);
        return session;
    }
}

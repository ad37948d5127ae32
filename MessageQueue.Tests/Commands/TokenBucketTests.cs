using MessageQueue.Commands;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Commands;

[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class TokenBucketTests
{
    private readonly ManualTimeProvider _clock = new();

    [Test]
    public void A_burst_of_tokens_is_followed_by_as_many_as_time_adds()
    {
        TokenBucket bucket = new(perSecond: 4, burst: 3, _clock);

        Take(bucket).Should().Be(3);
        _clock.Advance(TimeSpan.FromMilliseconds(249));
        Take(bucket).Should().Be(0);
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        Take(bucket).Should().Be(1);
        _clock.Advance(TimeSpan.FromMilliseconds(600));
        Take(bucket).Should().Be(2);
    }

    [Test]
    public void A_long_pause_adds_at_most_one_burst()
    {
        TokenBucket bucket = new(perSecond: 1000, burst: 3, _clock);
        Take(bucket);
        bucket.IsFull.Should().BeFalse();

        _clock.Advance(TimeSpan.FromDays(1));

        bucket.IsFull.Should().BeTrue();
        Take(bucket).Should().Be(3);
    }

    [Test]
    public async Task A_waiter_continues_as_soon_as_a_token_is_there_and_not_before()
    {
        TokenBucket bucket = new(perSecond: 3, burst: 1, _clock);
        bucket.WaitAsync().IsCompleted.Should().BeTrue("one token is left");
        Take(bucket);

        Task waiting = bucket.WaitAsync();
        _clock.Advance(TimeSpan.FromMilliseconds(333));
        waiting.IsCompleted.Should().BeFalse();
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        await waiting.OrTimeout();

        Take(bucket).Should().Be(1);
    }

    private static int Take(TokenBucket bucket)
    {
        int taken = 0;
        while (bucket.TryTake())
        {
            taken++;
        }

        return taken;
    }
}

using System.Diagnostics;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Clients.DotNet;

/// <summary>Waits for what a client shows and tells nobody.</summary>
internal static class AsyncCondition
{
    public static async Task UntilAsync(Func<bool> condition)
    {
        long start = Stopwatch.GetTimestamp();
        while (!condition())
        {
            Stopwatch.GetElapsedTime(start).Should().BeLessThan(Timeouts.Limit);
            await Task.Yield();
        }
    }
}

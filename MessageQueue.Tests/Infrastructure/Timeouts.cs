namespace MessageQueue.Tests.Infrastructure;

/// <summary>Limits every await of a test, so that a hang fails at a known place and does not block the run.</summary>
internal static class Timeouts
{
    // Generous: a busy machine that starts .NET and Node at the same time must not look like a hang.
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    public static Task OrTimeout(this Task task) => task.WaitAsync(Limit);

    public static Task<T> OrTimeout<T>(this Task<T> task) => task.WaitAsync(Limit);

    public static Task OrTimeout(this ValueTask task) => task.AsTask().WaitAsync(Limit);

    public static Task<T> OrTimeout<T>(this ValueTask<T> task) => task.AsTask().WaitAsync(Limit);
}

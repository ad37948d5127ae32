namespace MessageQueue.Tests.Infrastructure;

/// <summary>Bounds every await of a test, so that a hang is a failure with a place and not a stuck run.</summary>
internal static class Timeouts
{
    // Generous: it only has to tell a hang from a machine that is busy and starts .NET and Node side by side.
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    public static Task OrTimeout(this Task task) => task.WaitAsync(Limit);

    public static Task<T> OrTimeout<T>(this Task<T> task) => task.WaitAsync(Limit);

    public static Task OrTimeout(this ValueTask task) => task.AsTask().WaitAsync(Limit);

    public static Task<T> OrTimeout<T>(this ValueTask<T> task) => task.AsTask().WaitAsync(Limit);
}

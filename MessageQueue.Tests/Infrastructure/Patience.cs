namespace MessageQueue.Tests.Infrastructure;

/// <summary>How long a test waits for another process before it gives up.</summary>
internal static class Patience
{
    /// <summary>Long enough for a loaded machine to start .NET and Node side by side; nothing waits for it when all is well.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
}

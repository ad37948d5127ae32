namespace MessageQueue.Benchmarks.Peers;

/// <summary>What is made once and kept for later runs: the published host, packages of npm.</summary>
internal static class CacheFolder
{
    /// <summary>Its path, in the user's cache.</summary>
    public static string Path { get; } = System.IO.Path.Combine(
        Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.Create),
        "messagequeue-benchmarks");
}

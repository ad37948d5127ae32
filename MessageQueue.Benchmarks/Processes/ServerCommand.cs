namespace MessageQueue.Benchmarks.Processes;

/// <summary>How a server is started.</summary>
/// <param name="Arguments">The command and its arguments.</param>
/// <param name="IsDotNet">Whether it can be asked what it has allocated.</param>
internal sealed record ServerCommand(string[] Arguments, bool IsDotNet = false)
{
    /// <summary>Returns the path of an executable of the system, or null if there is none.</summary>
    public static string? Find(string name) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Append("/usr/sbin").Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
}

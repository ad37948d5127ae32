namespace MessageQueue.Tests.Infrastructure;

/// <summary>The directory of the solution. Tests read the source tree and the build output of other projects from it.</summary>
internal static class RepositoryRoot
{
    /// <summary>Its full path.</summary>
    public static string Path { get; } = Find();

    /// <summary>Returns the full path of a file or folder in it.</summary>
    public static string Combine(params string[] parts) => System.IO.Path.Combine([Path, .. parts]);

    private static string Find()
    {
        for (DirectoryInfo? directory = new(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(directory.FullName, "MessageQueue.sln")))
            {
                return directory.FullName;
            }
        }

        throw new InvalidOperationException(
            $"MessageQueue.sln is in no directory above {AppContext.BaseDirectory}; run the tests from the source tree");
    }
}

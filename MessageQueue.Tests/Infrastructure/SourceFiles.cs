namespace MessageQueue.Tests.Infrastructure;

/// <summary>The C# files of the repository, without those that a build writes.</summary>
internal static class SourceFiles
{
    /// <summary>Returns the paths of the C# files in a folder of the repository and below, relative to that folder, with slashes.</summary>
    public static IEnumerable<string> In(string folder)
    {
        string root = RepositoryRoot.Combine(folder);
        return Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(root, path).Replace('\\', '/'))
            .Where(file => !file.Split('/').Any(part => part is "bin" or "obj"));
    }
}

using System.Reflection;

namespace MessageQueue.Tests.Infrastructure;

/// <summary>What a project's own build has made: not the copy beside the tests, because that is not what users run.</summary>
internal static class BuildOutput
{
    /// <summary>Returns the path of a project's assembly, in the configuration of the tests. The test project builds it.</summary>
    /// <param name="folders">The project's folder, from the root on; the last one has the project's name.</param>
    public static string Of(params string[] folders) => RepositoryRoot.Combine(
    [
        .. folders, "bin", typeof(BuildOutput).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration,
        $"net{Environment.Version.Major}.{Environment.Version.Minor}", folders[^1] + ".dll",
    ]);
}

namespace MessageQueue.Tests.Infrastructure;

/// <summary>An empty directory that is deleted when the test ends.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    /// <summary>Its full path.</summary>
    public string FullName { get; } = Directory.CreateTempSubdirectory("messagequeue-test-").FullName;

    /// <summary>Returns the full path of a file or folder in it.</summary>
    public string Combine(string name) => Path.Combine(FullName, name);

    public void Dispose() => Directory.Delete(FullName, recursive: true);
}

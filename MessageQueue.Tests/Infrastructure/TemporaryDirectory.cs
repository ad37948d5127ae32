namespace MessageQueue.Tests.Infrastructure;

/// <summary>An empty directory that goes when the test does.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    /// <summary>Its full path.</summary>
    public string FullName { get; } = Directory.CreateTempSubdirectory("messagequeue-test-").FullName;

    /// <summary>The full path of something in it.</summary>
    public string Combine(string name) => Path.Combine(FullName, name);

    public void Dispose() => Directory.Delete(FullName, recursive: true);
}

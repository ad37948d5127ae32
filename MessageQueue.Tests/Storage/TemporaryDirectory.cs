namespace MessageQueue.Tests.Storage;

/// <summary>A directory of the real disk, gone with the test.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("messagequeue-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}

using System.Diagnostics;
using MessageQueue.Benchmarks.Generator;
using MessageQueue.Benchmarks.Processes;

namespace MessageQueue.Benchmarks.Peers;

/// <summary>The console host of this repository, with its defaults.</summary>
/// <param name="directory">Where it was published to; null to publish it now.</param>
internal sealed class MessageQueuePeer(string? directory) : Peer
{
    public const string PeerName = "messagequeue";

    private string? _directory = directory;

    public override string Name => PeerName;

    public override string Acknowledgement => "stored, and synced to the disk";

    public override string Setup => "the console host, Release, with all defaults; receivers with ack=auto";

    public override async Task PrepareAsync(TextWriter progress)
    {
        if (_directory is not null)
        {
            return;
        }

        _directory = Path.Combine(CacheFolder.Path, "host");
        await progress.WriteLineAsync("publishing MessageQueue.Host ...");
        using Process publish = Process.Start("dotnet", ["publish", "-c", "Release", "-v", "quiet", "-o", _directory, HostProject()]);
        await publish.WaitForExitAsync();
        if (publish.ExitCode != 0)
        {
            throw new PeerException("MessageQueue.Host could not be published; give a published one with --host");
        }
    }

    public override ServerCommand CreateCommand(int port, string directory, bool hasBacklog) => new(
        ["dotnet", Path.Combine(_directory!, "MessageQueue.Host.dll"), "--url", $"http://127.0.0.1:{port}", "--data", directory],
        IsDotNet: true);

    public override Dialect CreateDialect() => new JsonDialect();

    // The project is looked for upwards from this assembly, which is in a folder of its own project.
    private static string HostProject()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string project = Path.Combine(folder.FullName, "MessageQueue.Host", "MessageQueue.Host.csproj");
            if (File.Exists(project))
            {
                return project;
            }
        }

        throw new PeerException("MessageQueue.Host was not found; give a published one with --host");
    }
}

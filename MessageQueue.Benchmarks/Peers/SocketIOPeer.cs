using System.Diagnostics;
using MessageQueue.Benchmarks.Generator;
using MessageQueue.Benchmarks.Processes;

namespace MessageQueue.Benchmarks.Peers;

/// <summary>Socket.IO on Node, from npm.</summary>
internal sealed class SocketIOPeer : Peer
{
    private static readonly string Folder = Path.Combine(CacheFolder.Path, "socket.io");

    public override string Name => "socket.io";

    public override string Acknowledgement => "given to the connections of the room; kept in memory at most";

    public override string Setup => "in-memory adapter, WebSocket only; connection state recovery on for the backlog alone";

    public override bool KeepsAcrossRestart => false;

    public override string? FindMissing() => ServerCommand.Find("node") is null ? "node is not installed"
        : ServerCommand.Find("npm") is null ? "npm is not installed" : null;

    public override async Task PrepareAsync(TextWriter progress)
    {
        Directory.CreateDirectory(Folder);
        bool isSame = true;
        foreach (string file in Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Servers", "socket.io")))
        {
            string copy = Path.Combine(Folder, Path.GetFileName(file));
            isSame &= File.Exists(copy) && File.ReadAllText(copy) == File.ReadAllText(file);
            File.Copy(file, copy, overwrite: true);
        }

        if (!isSame || !Directory.Exists(Path.Combine(Folder, "node_modules", "socket.io")))
        {
            await progress.WriteLineAsync("installing socket.io ...");
            string[] arguments = ["install", "--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
            ProcessStartInfo start = new("npm", arguments)
            {
                WorkingDirectory = Folder,
                RedirectStandardOutput = true,
            };
            using Process install = Process.Start(start)!;
            await install.StandardOutput.ReadToEndAsync();
            await install.WaitForExitAsync();
            if (install.ExitCode != 0)
            {
                throw new PeerException("npm could not install socket.io");
            }
        }
    }

    public override ServerCommand CreateCommand(int port, string directory, bool hasBacklog) =>
        new(["node", Path.Combine(Folder, "server.js"), $"{port}", hasBacklog ? "recovery" : "plain"]);

    public override Dialect CreateDialect() => new SocketIODialect();
}

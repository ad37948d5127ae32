using MessageQueue.Tests.Clients.JavaScript;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.EndToEnd;

/// <summary>
/// What a test needs besides .NET. If it is missing, the test is skipped with the reason, or fails under <c>CI=true</c>.
/// </summary>
internal static class Requires
{
    /// <summary>Requires wscat, and a pseudo-terminal to run it in.</summary>
    public static void Wscat()
    {
        Found(OperatingSystem.IsLinux(), "drives wscat through util-linux's script, which other systems do not have");
        Found(IsInPath("script"), "needs `script` (util-linux) in PATH");
        Found(IsInPath("node"), "needs `node` in PATH");
        Found(File.Exists(WscatProcess.Script), "needs wscat; run `npm install` in MessageQueue.Tests/node");
    }

    /// <summary>Requires Node, and the package ws, which gives it the WebSocket of a browser.</summary>
    public static void NodeWebSocket()
    {
        Found(IsInPath("node") || IsInPath("node.exe"), "needs `node` in PATH");
        Found(Directory.Exists(NodeClient.WebSocketPackage), "needs ws; run `npm install` in MessageQueue.Tests/node");
    }

    /// <summary>Requires a package of npm in MessageQueue.Tests/node.</summary>
    public static void NodePackage(string name)
    {
        NodeWebSocket();
        string directory = RepositoryRoot.Combine("MessageQueue.Tests", "node", "node_modules", name);
        Found(Directory.Exists(directory), $"needs {name}; run `npm install` in MessageQueue.Tests/node");
    }

    /// <summary>Requires Chromium, as Debian installs it.</summary>
    public static void Chromium() => Found(File.Exists(Browser.Path), $"needs {Browser.Path} (Debian's package chromium)");

    /// <summary>Requires Node, and the package socket.io-client.</summary>
    public static void SocketIOClient()
    {
        Found(IsInPath("node") || IsInPath("node.exe"), "needs `node` in PATH");
        Found(
            Directory.Exists(SocketIO.EndToEnd.NodePage.ClientPackage),
            "needs socket.io-client; run `npm install` in MessageQueue.Tests/node");
    }

    /// <summary>Requires signals that can be sent and caught.</summary>
    public static void Signals() => Found(!OperatingSystem.IsWindows(), "needs POSIX signals");

    /// <summary>Requires strace, and the permission to use it.</summary>
    public static void Strace()
    {
        Found(OperatingSystem.IsLinux(), "needs strace, which is for Linux");
        Found(IsInPath("strace"), "needs `strace` in PATH");
    }

    /// <summary>Requires Python 3.</summary>
    public static void Python() => Found(IsInPath("python3"), "needs `python3` in PATH");

    /// <summary>Requires curl.</summary>
    public static void Curl() => Found(IsInPath("curl") || IsInPath("curl.exe"), "needs `curl` in PATH");

    /// <summary>Where nginx is. Debian puts it beside the programs of the administrator, which others do not have in PATH.</summary>
    public static string NginxPath { get; } = File.Exists("/usr/sbin/nginx") ? "/usr/sbin/nginx" : "nginx";

    /// <summary>Requires nginx.</summary>
    public static void Nginx() => Found(File.Exists(NginxPath) || IsInPath("nginx"), "needs `nginx` (Debian's package nginx)");

    /// <summary>Requires Caddy.</summary>
    public static void Caddy() => Found(IsInPath("caddy"), "needs `caddy` in PATH (Debian's package caddy)");

    /// <summary>Requires bash, which runs the scripts.</summary>
    public static void Bash() => Found(IsInPath("bash"), "needs `bash` in PATH");

    /// <summary>Requires systemd's checker of units. It needs no running systemd.</summary>
    public static void SystemdAnalyze() => Found(IsInPath("systemd-analyze"), "needs `systemd-analyze` (Debian's package systemd)");

    private static void Found(bool found, string reason)
    {
        if (found)
        {
            return;
        }

        if (Environment.GetEnvironmentVariable("CI") == "true")
        {
            Assert.Fail(reason);
        }

        Assert.Ignore(reason);
    }

    private static bool IsInPath(string name) =>
        Environment.GetEnvironmentVariable("PATH")!.Split(Path.PathSeparator).Any(directory => File.Exists(Path.Combine(directory, name)));
}

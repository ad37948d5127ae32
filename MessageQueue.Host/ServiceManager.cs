using System.Net.Sockets;
using System.Text;

namespace MessageQueue.Host;

/// <summary>
/// Tells systemd what state the service is in, as <c>Type=notify</c> needs: ready once the log is recovered and clients can connect. Does
/// nothing where no service manager asks for it. The protocol is that of <c>sd_notify(3)</c>.
/// </summary>
internal static class ServiceManager
{
    private const string Variable = "NOTIFY_SOCKET";

    /// <summary>The server listens.</summary>
    public static void Ready(string url) => Notify($"READY=1\nSTATUS=Listening on {url}");

    /// <summary>The server closes its connections and the log.</summary>
    public static void Stopping() => Notify("STOPPING=1\nSTATUS=Stopping");

    private static void Notify(string state)
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { Length: > 0 } path)
        {
            return;
        }

        // A name that begins with @ is in the abstract namespace of Linux, where it begins with a zero.
        UnixDomainSocketEndPoint address = new(path[0] == '@' ? $"\0{path[1..]}" : path);
        using Socket socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        socket.SendTo(Encoding.UTF8.GetBytes(state), address);
    }
}

using System.Net;
using System.Net.Sockets;

namespace MessageQueue.Tests.Deployment;

/// <summary>Finds ports for programs that cannot choose one themselves.</summary>
internal static class FreePort
{
    /// <summary>Returns different ports that nobody listens on.</summary>
    public static int[] Find(int count)
    {
        TcpListener[] listeners = [.. Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0))];
        Array.ForEach(listeners, listener => listener.Start());
        int[] ports = [.. listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port)];
        Array.ForEach(listeners, listener => listener.Dispose());
        return ports;
    }
}

using System.Globalization;
using System.Net.Sockets;
using System.Text;
using MessageQueue.Benchmarks.Processes;

/// <summary>
/// What DOTNET_STARTUP_HOOKS runs in a server before its own code; .NET prescribes the name, and that it is in no namespace. Answers each
/// connection to a Unix socket with the bytes allocated so far.
/// </summary>
#pragma warning disable CA1050 // Types belong in namespaces: not this one.
internal static class StartupHook
#pragma warning restore CA1050
{
    /// <summary>Called by .NET.</summary>
    public static void Initialize()
    {
        string? path = Environment.GetEnvironmentVariable(AllocationProbe.PathVariable);
        if (path is not null)
        {
            new Thread(() => Answer(path)) { IsBackground = true }.Start();
        }
    }

    private static void Answer(string path)
    {
        using Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        while (true)
        {
            using Socket client = listener.Accept();
            client.Send(Encoding.ASCII.GetBytes(GC.GetTotalAllocatedBytes().ToString(CultureInfo.InvariantCulture)));
        }
    }
}

using System.Globalization;
using System.Net.Sockets;

namespace MessageQueue.Benchmarks.Processes;

/// <summary>
/// Asks a .NET server how much it has allocated. The server loads <see cref="StartupHook"/> of this assembly, which answers on a Unix
/// socket; nothing runs in the server between two questions.
/// </summary>
internal sealed class AllocationProbe(string path)
{
    /// <summary>The variable that tells the server where to answer.</summary>
    public const string PathVariable = "MQ_BENCHMARK_PROBE";

    /// <summary>Makes a process that is started with these variables answer.</summary>
    public void AddTo(IDictionary<string, string?> environment)
    {
        environment["DOTNET_STARTUP_HOOKS"] = typeof(AllocationProbe).Assembly.Location;
        environment[PathVariable] = path;
    }

    /// <summary>Returns how many bytes the server has allocated since its start; null if it does not answer.</summary>
    public long? Read()
    {
        try
        {
            using Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            socket.Connect(new UnixDomainSocketEndPoint(path));
            using StreamReader reader = new(new NetworkStream(socket));
            return long.Parse(reader.ReadToEnd(), CultureInfo.InvariantCulture);
        }
        catch (SocketException)
        {
            return null;
        }
    }
}

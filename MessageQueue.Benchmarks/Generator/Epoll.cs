using System.ComponentModel;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace MessageQueue.Benchmarks.Generator;

/// <summary>
/// Linux' epoll, level-triggered. .NET's own asynchronous sockets would cost the generator a queue and a thread of the pool per read,
/// and so make it slower than the servers that it measures.
/// </summary>
internal sealed partial class Epoll : IDisposable
{
    private const int MaxEvents = 1024;
    private const int OpAdd = 1;
    private const int OpModify = 3;
    private const uint Readable = 0x1;
    private const uint Writable = 0x4;

    // The kernel packs its struct on x64 only: 32 bits of flags, then 64 of the caller's.
    private static readonly int Stride = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;

    private readonly int _descriptor = Create(0);
    private readonly byte[] _events = new byte[MaxEvents * 16];

    /// <summary>Begins to watch a socket; <see cref="Wait(Span{int}, int)"/> reports it by this number.</summary>
    public void Add(Socket socket, int number) => Control(OpAdd, socket, number, Readable);

    /// <summary>Says whether the socket is also reported when it can be written to.</summary>
    public void Watch(Socket socket, int number, bool writable) =>
        Control(OpModify, socket, number, writable ? Readable | Writable : Readable);

    /// <summary>Waits at most this long, and returns the numbers of the sockets that are ready.</summary>
    public int Wait(Span<int> ready, int milliseconds)
    {
        int count = Wait(_descriptor, _events, Math.Min(MaxEvents, ready.Length), milliseconds);
        for (int i = 0; i < count; i++)
        {
            ready[i] = MemoryMarshal.Read<int>(_events.AsSpan((i * Stride) + Stride - 8));
        }

        return Math.Max(count, 0); // -1: a signal interrupted the wait.
    }

    public void Dispose() => _ = Close(_descriptor);

    private void Control(int operation, Socket socket, int number, uint flags)
    {
        Span<byte> change = stackalloc byte[16];
        change.Clear();
        MemoryMarshal.Write(change, in flags);
        MemoryMarshal.Write(change[(Stride - 8)..], in number);
        if (Control(_descriptor, operation, (int)socket.Handle, change) != 0)
        {
            throw new Win32Exception();
        }
    }

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    private static partial int Create(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    private static partial int Control(int epoll, int operation, int descriptor, Span<byte> change);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    private static partial int Wait(int epoll, byte[] events, int maxEvents, int milliseconds);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}

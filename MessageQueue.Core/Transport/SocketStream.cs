using System.IO.Pipelines;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace MessageQueue.Transport;

/// <summary>
/// An upgraded stream whose writes go directly to the socket, on the thread that writes. Kestrel's own way leads through a pipe to another
/// thread, which costs as much again as the send itself. A write that the socket cannot take at once completes later, as any other.
/// </summary>
/// <remarks>
/// The answer to the handshake goes through Kestrel's pipe, and no byte may overtake it. So the first write waits until the socket has sent
/// something. If that cannot be seen, or does not happen soon, all writes go through the pipe, for good: whether the pipe is empty again
/// can never be seen.
/// </remarks>
internal sealed class SocketStream : AsyncStream
{
    // The answer is nearly always gone before the first write. If not, a thread is about to send it.
    private const int MaxTurns = 64;

    private readonly Stream _upgraded;
    private readonly Socket _socket;
    private Way _way;

    private SocketStream(Stream upgraded, Socket socket)
    {
        _upgraded = upgraded;
        _socket = socket;
    }

    private enum Way : byte
    {
        Undecided,
        Socket,
        Pipe,
    }

    /// <summary>Returns a stream that writes to the socket of the connection if that is safe; else the upgraded stream itself.</summary>
    /// <param name="upgraded">The upgraded stream.</param>
    /// <param name="context">The request that was upgraded.</param>
    public static Stream Over(Stream upgraded, HttpContext context) => Over(upgraded, IsKestrels(upgraded, context), context);

    /// <summary>As <see cref="Over(Stream, HttpContext)"/>, for the transport below HTTP, without TLS.</summary>
    /// <param name="transport">The transport of the connection.</param>
    /// <param name="context">The request that was upgraded.</param>
    public static Stream Over(IDuplexPipe transport, HttpContext context) =>
        Over(transport.Output.AsStream(leaveOpen: true), IsSockets(transport), context);

    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _upgraded.ReadAsync(buffer, cancellationToken);

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_way != Way.Socket)
        {
            return _way == Way.Pipe ? _upgraded.WriteAsync(buffer, cancellationToken) : WriteFirstAsync(buffer, cancellationToken);
        }

        try
        {
            int sent = _socket.Send(buffer.Span, SocketFlags.None, out SocketError error);
            return error == SocketError.WouldBlock || (error == SocketError.Success && sent < buffer.Length)
                ? WriteRestAsync(buffer[sent..], cancellationToken)
                : ValueTask.CompletedTask;
        }
        catch (ObjectDisposedException)
        {
            return ValueTask.CompletedTask;
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask WriteFirstAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        for (int turn = 0; turn < MaxTurns; turn++)
        {
            try
            {
                if (HasSent())
                {
                    _socket.Blocking = false;
                    _way = Way.Socket;
                    break;
                }
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                _way = Way.Pipe;
                break;
            }

            await Task.Yield();
        }

        _way = _way == Way.Undecided ? Way.Pipe : _way;
        await WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
    }

    // A connection that is gone takes everything, as Kestrel's pipe does: the end of its input tells that it is gone, after what arrived
    // before has been read.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask WriteRestAsync(ReadOnlyMemory<byte> rest, CancellationToken cancellationToken)
    {
        try
        {
            while (!rest.IsEmpty)
            {
                rest = rest[await _socket.SendAsync(rest, cancellationToken).ConfigureAwait(false)..];
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
        }
    }

    private static Stream Over(Stream output, bool endsAtSocket, HttpContext context) =>
        OperatingSystem.IsLinux() && endsAtSocket && IsFirstRequest(context)
        && context.Features.Get<IConnectionSocketFeature>()?.Socket is { } socket
            ? new SocketStream(output, socket)
            : output;

    // Linux's tcp_info: how many segments with data were sent, and how many bytes wait in the socket. Older kernels, and systems that only
    // look like Linux, return less.
    private bool HasSent()
    {
        const int Tcp = 6;
        const int TcpInfo = 11;
        const int NotSentBytes = 144;
        const int DataSegmentsOut = 156;
        Span<byte> info = stackalloc byte[DataSegmentsOut + sizeof(uint)];
        return _socket.GetRawSocketOption(Tcp, TcpInfo, info) == info.Length
            && MemoryMarshal.Read<uint>(info[DataSegmentsOut..]) > 0
            && MemoryMarshal.Read<uint>(info[NotSentBytes..]) == 0;
    }

    // Not under TLS, and not where the app has put something of its own between the socket and HTTP or around the upgraded stream: bytes
    // that go past it could be wrong or readable.
    private static bool IsKestrels(Stream upgraded, HttpContext context) =>
        context.Features.Get<ITlsHandshakeFeature>() is null
        && upgraded.GetType().Assembly == typeof(KestrelServer).Assembly
        && IsSockets(context.Features.Get<IConnectionTransportFeature>()?.Transport);

    private static bool IsSockets(IDuplexPipe? transport) => transport?.GetType().Assembly == typeof(SocketTransportFactory).Assembly;

    // Else the segments that were sent could be those of an earlier answer.
    private static bool IsFirstRequest(HttpContext context) =>
        context.TraceIdentifier.EndsWith(":00000001", StringComparison.Ordinal)
        && context.TraceIdentifier.StartsWith(context.Connection.Id, StringComparison.Ordinal);
}

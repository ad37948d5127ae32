using System.Net;
using System.Net.Sockets;

namespace MessageQueue.Tests.Infrastructure;

/// <summary>One connection through a <see cref="FaultProxy"/>.</summary>
/// <param name="client">The client's side.</param>
/// <param name="passAsync">Waits until the proxy lets bytes through.</param>
internal sealed class FaultyLink(Socket client, Func<Task> passAsync)
{
    private readonly Socket _server = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly Lock _lock = new();
    private volatile bool _isSilent;
    private long _bytesLeft = long.MaxValue;
    private bool _isOver;

    /// <summary>Forwards bytes until both sides have ended, or one was reset.</summary>
    public async Task RunAsync(IPEndPoint target)
    {
        try
        {
            client.NoDelay = true;
            await _server.ConnectAsync(target);
            await Task.WhenAll(PumpAsync(client, _server, isFromServer: false), PumpAsync(_server, client, isFromServer: true));
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Both sides end, as they do where a server is not there.
        }

        Reset();
    }

    /// <summary>Resets the client's side without reaching the server.</summary>
    public Task RefuseAsync()
    {
        Reset();
        return Task.CompletedTask;
    }

    /// <summary>Ends both sides with a reset.</summary>
    public void Reset()
    {
        lock (_lock)
        {
            if (_isOver)
            {
                return;
            }

            _isOver = true;
            client.Close(timeout: 0);
            _server.Close(timeout: 0);
        }
    }

    /// <summary>Ends both sides when this many more bytes came from the server.</summary>
    public void ResetAfter(int bytes) => Interlocked.Exchange(ref _bytesLeft, bytes);

    /// <summary>Drops whatever comes from now on, ends included.</summary>
    public void GoSilent() => _isSilent = true;

    private async Task PumpAsync(Socket from, Socket to, bool isFromServer)
    {
        byte[] buffer = new byte[16 << 10];
        try
        {
            while (await from.ReceiveAsync(buffer) is int count and > 0)
            {
                await passAsync();
                long left = isFromServer ? Interlocked.Add(ref _bytesLeft, -count) : long.MaxValue;
                if (!_isSilent)
                {
                    await SendAsync(to, buffer.AsMemory(0, (int)(left < 0 ? Math.Max(0, count + left) : count)));
                }

                if (left <= 0)
                {
                    Reset();
                    return;
                }
            }

            await passAsync();
            if (!_isSilent)
            {
                to.Shutdown(SocketShutdown.Send);
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            if (!_isSilent)
            {
                Reset();
            }
        }
    }

    private static async Task SendAsync(Socket to, ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            bytes = bytes[await to.SendAsync(bytes)..];
        }
    }
}

using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace MessageQueue.Tests.Infrastructure;

/// <summary>
/// A TCP proxy on 127.0.0.1 between clients and a server. It cuts, stalls, delays and half-opens connections when a test says so, or at
/// random from a seed. It never changes or reorders bytes.
/// </summary>
internal sealed class FaultProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<FaultyLink, Task> _links = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;
    private volatile IPEndPoint _target;
    private volatile TaskCompletionSource _flow = new();
    private volatile bool _refuses;
    private int _accepted;
    private int _faults;

    /// <summary>Listens on a free port and forwards to a server.</summary>
    /// <param name="url">The server's address, such as <c>http://127.0.0.1:41234</c>.</param>
    public FaultProxy(string url)
    {
        _target = Parse(url);
        _flow.SetResult();
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Where clients connect, such as <c>http://127.0.0.1:41235</c>. It stays the same when the target changes.</summary>
    public string Url => $"http://{_listener.LocalEndpoint}";

    /// <summary>The number of connections that clients made, refused ones included.</summary>
    public int Accepted => Volatile.Read(ref _accepted);

    /// <summary>The number of faults that <see cref="DisturbAsync"/> has made.</summary>
    public int Faults => Volatile.Read(ref _faults);

    /// <summary>The number of connections that are open now.</summary>
    public int Open => _links.Count;

    /// <summary>How long the bytes of each read wait, in both directions.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>Whether new connections are reset at once.</summary>
    public bool Refuses
    {
        get => _refuses;
        set => _refuses = value;
    }

    /// <summary>Forwards new connections to another server. Open connections stay with theirs.</summary>
    public void PointTo(string url) => _target = Parse(url);

    /// <summary>Resets every connection.</summary>
    public void Cut()
    {
        foreach (FaultyLink link in _links.Keys)
        {
            link.Reset();
        }
    }

    /// <summary>Resets each connection when this many more bytes came from the server.</summary>
    public void CutAfter(int bytes)
    {
        foreach (FaultyLink link in _links.Keys)
        {
            link.ResetAfter(bytes);
        }
    }

    /// <summary>Lets nothing through the open connections any more, and tells neither side. New connections work.</summary>
    public void HalfOpen()
    {
        foreach (FaultyLink link in _links.Keys)
        {
            link.GoSilent();
        }
    }

    /// <summary>Holds all bytes back until <see cref="Resume"/>.</summary>
    public void Stall()
    {
        if (_flow.Task.IsCompleted)
        {
            _flow = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <summary>Lets the bytes through that were held back.</summary>
    public void Resume() => _flow.TrySetResult();

    /// <summary>Makes one fault after the other until it is cancelled; then everything passes again.</summary>
    /// <param name="seed">Chooses the faults and their lengths.</param>
    /// <param name="every">The time between two faults, on average.</param>
    /// <param name="kinds">The faults to choose from.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task DisturbAsync(int seed, TimeSpan every, FaultKinds kinds, CancellationToken cancellationToken)
    {
        Random random = new(seed);
        FaultKinds[] choice = [.. Enum.GetValues<FaultKinds>().Where(kind => int.PopCount((int)kind) == 1 && kinds.HasFlag(kind))];
        while (await WaitAsync(every * (0.5 + random.NextDouble()), cancellationToken))
        {
            FaultKinds kind = choice[random.Next(choice.Length)];
            TimeSpan length = every * random.NextDouble();
            Interlocked.Increment(ref _faults);
            Begin(kind, random);
            if (kind is FaultKinds.Stall or FaultKinds.Delay or FaultKinds.Refuse)
            {
                await WaitAsync(length, cancellationToken);
            }

            Resume();
            Delay = TimeSpan.Zero;
            Refuses = false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        Resume();
        Cut();
        await Task.WhenAll(_links.Values).OrTimeout();
        _stop.Dispose();
    }

    private static IPEndPoint Parse(string url) => new(IPAddress.Loopback, new Uri(url).Port);

    private static async Task<bool> WaitAsync(TimeSpan time, CancellationToken cancellationToken)
    {
        await Task.Delay(time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return !cancellationToken.IsCancellationRequested;
    }

    private void Begin(FaultKinds kind, Random random)
    {
        switch (kind)
        {
            case FaultKinds.Cut:
                Cut();
                break;
            case FaultKinds.CutInside:
                CutAfter(random.Next(1, 4096));
                break;
            case FaultKinds.Stall:
                Stall();
                break;
            case FaultKinds.Delay:
                Delay = TimeSpan.FromMilliseconds(random.Next(1, 20));
                break;
            case FaultKinds.HalfOpen:
                HalfOpen();
                break;
            case FaultKinds.Refuse:
                Refuses = true;
                Cut();
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(kind));
        }
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            Socket client;
            try
            {
                client = await _listener.AcceptSocketAsync(_stop.Token);
            }
            catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }

            Interlocked.Increment(ref _accepted);
            FaultyLink link = new(client, PassAsync);
            // The link is in the table before it runs, and leaves it when it has ended.
            TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
            _links[link] = ended.Task;
            _ = RunAsync(link, ended);
        }
    }

    private async Task RunAsync(FaultyLink link, TaskCompletionSource ended)
    {
        await Task.Yield();
        await (_refuses ? link.RefuseAsync() : link.RunAsync(_target));
        _links.TryRemove(link, out _);
        ended.SetResult();
    }

    private async Task PassAsync()
    {
        await _flow.Task;
        if (Delay > TimeSpan.Zero)
        {
            await WaitAsync(Delay, _stop.Token);
        }
    }
}

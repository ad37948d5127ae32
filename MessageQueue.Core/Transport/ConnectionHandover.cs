using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace MessageQueue.Transport;

/// <summary>
/// A connection middleware around HTTP. A request that has become a WebSocket can hand its connection over: the request then ends, HTTP
/// with it, and the WebSocket goes on with the transport alone. What HTTP/1.1 keeps for one open request (headers, features, the states of
/// its tasks) is half of the memory of an idle connection, and each read and write would go through four of its layers.
/// </summary>
internal sealed class ConnectionHandover : IConnectionHeartbeatFeature, IDuplexPipe
{
    private static readonly TimeSpan LongestLinger = TimeSpan.FromMinutes(2);

    private readonly ConnectionContext _connection;
    private readonly IDuplexPipe _inner;
    private List<(Action<object> Act, object State)>? _heartbeats = [];
    private Func<Task>? _work;
    private ConnectionLimits? _limits;
    private bool _isTaken;

    private ConnectionHandover(ConnectionContext connection)
    {
        _connection = connection;
        _inner = connection.Transport;
        Input = new KeptReader(_inner.Input, this);
        Output = new KeptWriter(_inner.Output, this);
    }

    /// <inheritdoc/>
    public PipeReader Input { get; private set; }

    /// <inheritdoc/>
    public PipeWriter Output { get; private set; }

    /// <summary>Serves one connection: HTTP, and after it the work that took the connection, if any.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="http">The rest of the connection's pipeline.</param>
    public static async Task ServeAsync(ConnectionContext connection, ConnectionDelegate http)
    {
        ConnectionHandover handover = new(connection);
        try
        {
            await handover.ServeHttpAsync(http).ConfigureAwait(false);
        }
        finally
        {
            // Also if HTTP failed in the end: work that was taken is always done.
            if (handover._work is { } work)
            {
                handover._work = null;
                await work().ConfigureAwait(false);
            }

            handover.Linger();
        }
    }

    /// <summary>
    /// Begins to use the transport below HTTP, within a request that HTTP does not read or write any more. Returns the transport.
    /// </summary>
    public IDuplexPipe Use(ConnectionLimits limits)
    {
        _limits = limits;
        return _inner;
    }

    /// <summary>
    /// Takes the connection, after <see cref="Use"/>. The work begins when HTTP has ended; when the work is done, the connection is closed.
    /// </summary>
    public void Take(Func<Task> work) => (_work, _isTaken) = (work, true);

    /// <summary>Aborts the connection.</summary>
    public void Abort() => _connection.Abort();

    /// <inheritdoc/>
    void IConnectionHeartbeatFeature.OnHeartbeat(Action<object> action, object state)
    {
        if (_heartbeats is { } heartbeats)
        {
            lock (heartbeats)
            {
                heartbeats.Add((action, state));
            }
        }
    }

    private async Task ServeHttpAsync(ConnectionDelegate http)
    {
        // HTTP asks to be called once a second for as long as the connection lives, and cannot take that back. A list of ours can.
        IConnectionHeartbeatFeature? heartbeat = _connection.Features.Get<IConnectionHeartbeatFeature>();
        heartbeat?.OnHeartbeat(static handover => ((ConnectionHandover)handover).Beat(), this);
        _connection.Features.Set<IConnectionHeartbeatFeature>(this);
        _connection.Features.Set(this);
        _connection.Transport = this;
        try
        {
            await http(_connection).ConfigureAwait(false);
        }
        finally
        {
            _connection.Transport = _inner;
            _connection.Features.Set<ConnectionHandover>(null);
            _connection.Features.Set(heartbeat);

            // Nothing of HTTP stays in memory.
            _heartbeats = null;
            (Input, Output) = (_inner.Input, _inner.Output);
        }
    }

    private void Beat()
    {
        if (_heartbeats is { } heartbeats)
        {
            lock (heartbeats)
            {
                foreach ((Action<object> act, object state) in heartbeats)
                {
                    act(state);
                }
            }
        }
    }

    /// <summary>
    /// Lets the transport send what is left, for at most the idle timeout (2 minutes if that is infinite): nobody else watches a client
    /// that takes nothing any more.
    /// </summary>
    private void Linger()
    {
        if (_limits is not { } limits)
        {
            return;
        }

        TimeSpan most = limits.IdleTimeout == Timeout.InfiniteTimeSpan ? LongestLinger : limits.IdleTimeout;
        ITimer timer = limits.TimeProvider.CreateTimer(
            static connection => ((ConnectionContext)connection!).Abort(), _connection, most, Timeout.InfiniteTimeSpan);
        _connection.ConnectionClosed.UnsafeRegister(static timer => ((ITimer)timer!).Dispose(), timer);
    }

    /// <summary>The transport's input, which HTTP completes when it ends, unless the connection was taken.</summary>
    private sealed class KeptReader(PipeReader inner, ConnectionHandover handover) : PipeReader
    {
        public override void AdvanceTo(SequencePosition consumed) => inner.AdvanceTo(consumed);

        public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => inner.AdvanceTo(consumed, examined);

        public override void CancelPendingRead() => inner.CancelPendingRead();

        public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) =>
            inner.ReadAsync(cancellationToken);

        public override bool TryRead(out ReadResult result) => inner.TryRead(out result);

        public override void Complete(Exception? exception = null)
        {
            if (!handover._isTaken)
            {
                inner.Complete(exception);
            }
        }
    }

    /// <summary>The transport's output; otherwise as <see cref="KeptReader"/>.</summary>
    private sealed class KeptWriter(PipeWriter inner, ConnectionHandover handover) : PipeWriter
    {
        public override bool CanGetUnflushedBytes => inner.CanGetUnflushedBytes;

        public override long UnflushedBytes => inner.UnflushedBytes;

        public override void Advance(int bytes) => inner.Advance(bytes);

        public override void CancelPendingFlush() => inner.CancelPendingFlush();

        public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) =>
            inner.FlushAsync(cancellationToken);

        public override Memory<byte> GetMemory(int sizeHint = 0) => inner.GetMemory(sizeHint);

        public override Span<byte> GetSpan(int sizeHint = 0) => inner.GetSpan(sizeHint);

        public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default) =>
            inner.WriteAsync(source, cancellationToken);

        public override void Complete(Exception? exception = null)
        {
            if (!handover._isTaken)
            {
                inner.Complete(exception);
            }
        }
    }
}

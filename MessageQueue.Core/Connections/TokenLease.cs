using System.Text;
using MessageQueue.Delivery;
using MessageQueue.Pipeline;
using MessageQueue.Protocol;
using MessageQueue.Tokens;

namespace MessageQueue.Connections;

/// <summary>
/// The token of one connection: what it allows, and until when. Before it expires the client is told; it may send another one; when it has
/// expired the connection is closed.
/// </summary>
/// <param name="verifier">Checks tokens.</param>
/// <param name="broker">The broker of the connection.</param>
/// <param name="connection">The connection.</param>
/// <param name="grant">What the first token allows.</param>
internal sealed class TokenLease(TokenVerifier verifier, Broker broker, IConnection connection, TokenGrant grant) : IDisposable
{
    /// <summary>The shortest time between two tokens of a connection, because checking one costs more than any other message.</summary>
    public static readonly TimeSpan ShortestInterval = TimeSpan.FromSeconds(1);

    // A timer cannot have any length of time.
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);

    private readonly Lock _gate = new();
    private readonly TimeProvider _timeProvider = verifier.TimeProvider;
    private volatile TokenGrant _grant = grant;
    private ITimer? _timer;
    private bool _isTold;
    private bool _isOver;
    private long _refreshedAt;

    /// <summary>What the token allows.</summary>
    public TokenGrant Grant => _grant;

    /// <summary>Begins to watch the time, once the connection is attached.</summary>
    public void Start()
    {
        lock (_gate)
        {
            if (_isOver)
            {
                return;
            }

            _timer = _timeProvider.CreateTimer(
                static lease => ((TokenLease)lease!).OnTime(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            Schedule();
        }
    }

    /// <summary>Replaces the token. Returns why it is refused; then the one from before stays.</summary>
    /// <param name="token">The token, UTF-8.</param>
    /// <param name="ns">The namespace of the connection.</param>
    /// <param name="session">Its session.</param>
    public async ValueTask<ProtocolError?> RefreshAsync(ReadOnlyMemory<byte> token, string ns, string session)
    {
        if (_refreshedAt != 0 && _timeProvider.GetElapsedTime(_refreshedAt) < ShortestInterval)
        {
            return RequestErrors.TokenTooSoon;
        }

        _refreshedAt = _timeProvider.GetTimestamp();
        TokenResult result = await verifier.VerifyAsync(Encoding.UTF8.GetString(token.Span)).ConfigureAwait(false);
        TokenError? error = result.Error
            ?? (result.Grant!.Subject == _grant.Subject ? result.Grant.FindRefusal(ns, session) : TokenError.OtherUser);
        if (error is not null)
        {
            return RequestErrors.TokenRefused(error.Text, error.Kind == TokenErrorKind.Unavailable);
        }

        lock (_gate)
        {
            // A client that sends the same token again would be told at once, and send it again.
            _isTold &= result.Grant!.Expires <= _grant.Expires;
            _grant = result.Grant;
            Schedule();
        }

        return null;
    }

    /// <summary>Stops watching the time. The connection is told nothing after that.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isOver = true;
            _timer?.Dispose();
        }
    }

    private void OnTime()
    {
        lock (_gate)
        {
            if (!_isOver)
            {
                Schedule();
            }
        }
    }

    // Does what is due, and waits for what comes next.
    private void Schedule()
    {
        DateTimeOffset now = _timeProvider.GetUtcNow();
        TimeSpan left = _grant.Expires - now + verifier.Leeway;
        TimeSpan untilNotice = _grant.Expires - now - verifier.ExpiryNotice;
        if (left <= TimeSpan.Zero)
        {
            connection.Close(CloseReason.TokenExpired);
            return;
        }

        bool isNotified = _isTold || verifier.ExpiryNotice == TimeSpan.Zero;
        if (!isNotified && untilNotice <= TimeSpan.Zero)
        {
            _isTold = isNotified = true;
            broker.Post(ApplyInput.Once(_ => Tell(left)));
        }

        TimeSpan wait = isNotified ? left : untilNotice;
        _timer?.Change(wait < LongestWait ? wait : LongestWait, Timeout.InfiniteTimeSpan);
    }

    private void Tell(TimeSpan left)
    {
        lock (_gate)
        {
            if (!_isOver)
            {
                connection.Expiring(left);
            }
        }
    }
}

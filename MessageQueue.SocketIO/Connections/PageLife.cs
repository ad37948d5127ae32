namespace MessageQueue.SocketIO.Connections;

/// <summary>
/// One page in one namespace, from its first connection until it is left: longer than a connection, shorter than a session. Thread-safe,
/// because an old connection may not be over when the page has a new one.
/// </summary>
/// <param name="id">The random id of the page, which is in its <see cref="RecoveryId"/>.</param>
internal sealed class PageLife(string id)
{
    private readonly Lock _lock = new();
    private int _connections;
    private int _timesGone;
    private bool _isForgotten;
    private long _receivedUpTo;
    private Call? _last;
    private bool _isOneByOne = true;

    /// <summary>The random id.</summary>
    public string Id { get; } = id;

    /// <summary>The number up to which the page is known to have received events.</summary>
    public long ReceivedUpTo => Volatile.Read(ref _receivedUpTo);

    /// <summary>Adds a connection. Returns false if the page is forgotten already.</summary>
    public bool TryEnter()
    {
        lock (_lock)
        {
            _connections += _isForgotten ? 0 : 1;
            return !_isForgotten;
        }
    }

    /// <summary>Removes a connection. Returns whether it was the last one.</summary>
    public bool Leave()
    {
        lock (_lock)
        {
            bool isGone = --_connections == 0;
            _timesGone += isGone ? 1 : 0;
            return isGone;
        }
    }

    /// <summary>
    /// Called once for every time that <see cref="Leave"/> returned true. Returns true if the page has not come back since, and is
    /// forgotten now.
    /// </summary>
    public bool TryForget()
    {
        lock (_lock)
        {
            _isForgotten = --_timesGone == 0 && _connections == 0;
            return _isForgotten;
        }
    }

    /// <summary>Notes that the page has received everything up to this number.</summary>
    public void Received(long upTo)
    {
        lock (_lock)
        {
            _receivedUpTo = Math.Max(_receivedUpTo, upTo);
        }
    }

    /// <summary>
    /// Returns the number by which to recognise an event that expects an answer: the client's id of it, or the id of the event of which it
    /// is the repetition.
    /// </summary>
    /// <remarks>
    /// A client with the option <c>retries</c> sends its events one by one, and the same one again, with the next id, if the answer did not
    /// come before the connection was lost. So it is a repetition if it is the first event of a new connection that expects an answer, has
    /// the next id and the same content as the last one, and if that one's answer was not received.
    /// </remarks>
    /// <param name="clientId">The client's id.</param>
    /// <param name="content">A hash of the event.</param>
    /// <param name="isFirst">Whether it is the first such event of a connection that was recovered.</param>
    public long Recognise(long clientId, ulong content, bool isFirst)
    {
        lock (_lock)
        {
            bool isRepetition = isFirst && _isOneByOne && _last is { IsAnswerReceived: false } before
                && before.ClientId + 1 == clientId && before.Content == content;
            if (!isRepetition && _last is { IsAnswered: false } unanswered && !isFirst && unanswered.Content != content)
            {
                _isOneByOne = false;
            }

            long number = isRepetition ? _last!.Value.Number : clientId;
            _last = new Call(clientId, number, content, IsAnswered: false, IsAnswerReceived: false);
            return number;
        }
    }

    /// <summary>Notes that the answer to an event was written.</summary>
    public void Answered(long number) => Update(number, isReceived: false);

    /// <summary>Notes that the client has received the answer to an event.</summary>
    public void AnswerReceived(long number) => Update(number, isReceived: true);

    private void Update(long number, bool isReceived)
    {
        lock (_lock)
        {
            if (_last is { } last && last.Number == number)
            {
                _last = last with { IsAnswered = true, IsAnswerReceived = last.IsAnswerReceived || isReceived };
            }
        }
    }

    private readonly record struct Call(long ClientId, long Number, ulong Content, bool IsAnswered, bool IsAnswerReceived);
}

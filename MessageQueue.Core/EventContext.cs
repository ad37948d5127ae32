using MessageQueue.Protocol;

namespace MessageQueue;

/// <summary>
/// An event on its way to its handler, for the middlewares that were added with <see cref="Namespace.UseEvent"/>. Only for use while they
/// run.
/// </summary>
public sealed class EventContext
{
    private ProtocolError? _refusal;
    private bool _hasRun;

    internal EventContext(Session session, ReceivedEvent received)
    {
        Session = session;
        Event = received;
    }

    /// <summary>The session that sent the event.</summary>
    public Session Session { get; }

    /// <summary>The event: its name, its data, its reference.</summary>
    public ReceivedEvent Event { get; }

    /// <summary>Whether a middleware has refused the event.</summary>
    internal bool IsRefused => _refusal is not null;

    /// <summary>Why the event was not handled; null if it was.</summary>
    internal ProtocolError? Refusal => _hasRun ? null : _refusal ?? RequestErrors.NotPassedOn;

    /// <summary>
    /// Refuses the event: its handler does not run, and the client gets the error <c>forbidden</c> with this message. Only the first call
    /// counts. An event that was stored for a durable handler becomes a dead letter.
    /// </summary>
    /// <param name="message">The reason, for the client.</param>
    /// <exception cref="InvalidOperationException">The handler has run already.</exception>
    public void Refuse(string message)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (_hasRun)
        {
            throw new InvalidOperationException("The event has been handled already; refuse it before calling next.");
        }

        _refusal ??= new ProtocolError(ErrorCode.Forbidden, message);
    }

    /// <summary>Notes that the handler begins.</summary>
    /// <exception cref="InvalidOperationException">It has begun before.</exception>
    internal void BeginHandler()
    {
        if (_hasRun)
        {
            throw new InvalidOperationException("The event has been handled already; a middleware may call next once.");
        }

        _hasRun = true;
    }
}

using MessageQueue.Commands;
using MessageQueue.Protocol;

namespace MessageQueue.Handlers;

/// <summary>The app's code for one event, with its arguments bound.</summary>
/// <param name="Invoke">Runs the code and returns its answer, empty for none. Throws <see cref="DataMismatchException"/> where
/// the client's data does not fit.</param>
/// <param name="Options">The settings of the handler.</param>
internal sealed record Handler(Func<Session, ReceivedEvent, Task<EventData>> Invoke, HandlerOptions Options)
{
    /// <summary>
    /// The limit for events of this handler that wait or are being handled, which leaves room for other handlers; null before the handler
    /// is added.
    /// </summary>
    public Throttle? Share { get; set; }
}

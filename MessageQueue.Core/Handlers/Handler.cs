using MessageQueue.Commands;

namespace MessageQueue.Handlers;

/// <summary>The app's code for one event, with its arguments bound.</summary>
/// <param name="Invoke">Runs it and gives the JSON text of its answer, empty for none. Throws <see cref="DataMismatchException"/> where the
/// client's data does not fit.</param>
/// <param name="Options">How its events are dealt with.</param>
internal sealed record Handler(Func<Session, ReceivedEvent, Task<ReadOnlyMemory<byte>>> Invoke, HandlerOptions Options)
{
    /// <summary>
    /// What its events may take while they wait and run, so that it leaves room for other handlers; null before it is added.
    /// </summary>
    public Throttle? Share { get; set; }
}

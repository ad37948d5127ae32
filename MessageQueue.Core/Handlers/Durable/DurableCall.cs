using MessageQueue.Commands;
using MessageQueue.Connections;
using MessageQueue.State;

namespace MessageQueue.Handlers.Durable;

/// <summary>A client's call on its way into the log.</summary>
internal sealed class DurableCall(DurableHandlers work, HandlerCall call) : ICommandOrigin
{
    /// <inheritdoc />
    public void OnApplied(in Command command, in Outcome outcome) => work.Stored(call, outcome);
}

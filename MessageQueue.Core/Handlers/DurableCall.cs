using MessageQueue.Routing;
using MessageQueue.Sessions;

namespace MessageQueue.Handlers;

/// <summary>A client's call on its way into the log.</summary>
internal sealed class DurableCall(DurableWork work, ClientCall call) : ICommandOrigin
{
    /// <inheritdoc />
    public void OnApplied(in Command command, in Outcome outcome) => work.Stored(call, outcome);
}

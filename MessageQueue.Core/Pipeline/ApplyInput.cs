using MessageQueue.Delivery;
using MessageQueue.State;

namespace MessageQueue.Pipeline;

/// <summary>
/// One input of the apply loop. A struct with a number beside the step, so that a step can be reused: there are as many acknowledgements as
/// events.
/// </summary>
/// <param name="Step">What to do.</param>
/// <param name="Number">An event's number, for a step that is reused.</param>
internal readonly record struct ApplyInput(IApplyStep Step, long Number = 0)
{
    private sealed class LoopStep(Action<ApplyLoop> apply) : IApplyStep
    {
        public void Apply(ApplyLoop loop, long number) => apply(loop);
    }

    /// <summary>A second has passed.</summary>
    public static ApplyInput Tick { get; } = new(new LoopStep(static loop => loop.OnTick()));

    /// <summary>Delayed events are due to be sent again.</summary>
    public static ApplyInput RedeliveriesDue { get; } = new(new LoopStep(static loop => loop.Redeliver()));

    /// <summary>Changes of who is in a room are due to be told.</summary>
    public static ApplyInput PresenceDue { get; } = new(new LoopStep(static loop => loop.Presence.Run()));

    /// <summary>Acknowledgements are due to be written.</summary>
    public static ApplyInput WriteProgress { get; } = new(new LoopStep(static loop => loop.WriteProgress()));

    /// <summary>Reports that the log, or a reader of it, has failed.</summary>
    public static ApplyInput Failed(Exception exception) => new(new LoopStep(_ => throw exception));

    /// <summary>Runs an action once; nobody waits for it.</summary>
    public static ApplyInput Once(Action<ApplyLoop> apply) => new(new LoopStep(apply));

    /// <summary>Passes on events that were read from the log.</summary>
    public static ApplyInput Fetched(SessionDelivery delivery, FetchedEvents events) =>
        new(new LoopStep(loop => loop.Fetched(delivery, events)));

    /// <summary>Runs an action on the state.</summary>
    public static ApplyInput Call(Action<ServerState> action) => new(new LoopStep(loop => action(loop.State)));
}

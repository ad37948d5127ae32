using MessageQueue.Delivery;
using MessageQueue.State;

namespace MessageQueue.Pipeline;

/// <summary>
/// One input of the apply loop. A struct with a number beside the step, so that a step can be used again: acknowledgements are as many as
/// events.
/// </summary>
/// <param name="Step">What to do.</param>
/// <param name="Number">An event's number, for a step that is used again and again.</param>
internal readonly record struct ApplyInput(IApplyStep Step, long Number = 0)
{
    private sealed class LoopStep(Action<ApplyLoop> apply) : IApplyStep
    {
        public void Apply(ApplyLoop loop, long number) => apply(loop);
    }

    /// <summary>A second has passed.</summary>
    public static ApplyInput Tick { get; } = new(new LoopStep(static loop => loop.OnTick()));

    /// <summary>Events that were held back are due.</summary>
    public static ApplyInput RedeliveriesDue { get; } = new(new LoopStep(static loop => loop.Redeliver()));

    /// <summary>Acknowledgements are due to be written.</summary>
    public static ApplyInput WriteProgress { get; } = new(new LoopStep(static loop => loop.WriteProgress()));

    /// <summary>The log, or somebody who reads it, has failed.</summary>
    public static ApplyInput Failed(Exception exception) => new(new LoopStep(_ => throw exception));

    /// <summary>Something that is done once, and that nobody waits for.</summary>
    public static ApplyInput Once(Action<ApplyLoop> apply) => new(new LoopStep(apply));

    /// <summary>Events that were asked for have been read.</summary>
    public static ApplyInput Fetched(SessionDelivery session, FetchedEvents events) => new(new LoopStep(loop => loop.Fetched(session, events)));

    /// <summary>Something that needs the state.</summary>
    public static ApplyInput Call(Action<ServerState> action) => new(new LoopStep(loop => action(loop.State)));
}

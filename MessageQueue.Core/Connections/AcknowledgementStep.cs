using System.Runtime.InteropServices;
using MessageQueue.Commands;
using MessageQueue.Delivery;
using MessageQueue.Pipeline;
using MessageQueue.Protocol;

namespace MessageQueue.Connections;

/// <summary>
/// A client's <c>ack</c> or <c>nack</c> on its way to the apply loop. A step for one number and nothing else is created once per connection
/// and reused.
/// </summary>
internal abstract class AcknowledgementStep(ClientConnection client, int bytes) : IApplyStep
{
    /// <summary>The largest number of event numbers in one step. The apply loop handles them in a tenth of a millisecond.</summary>
    public const int MaxNumbers = 1024;

    // The weight of the work, not of the memory. It limits how many numbers of a connection wait at a time, so that others wait at most a
    // millisecond for them.
    private const int WeightOfNumber = 64;

    /// <summary>Its weight while it waits, in bytes.</summary>
    public int Weight { get; } = Command.Overhead + bytes;

    /// <summary>Returns the step for an <c>ack</c> of one event, which is the input's number.</summary>
    public static AcknowledgementStep ForOne(ClientConnection client) => new One(client);

    /// <summary>Returns the step for an <c>ack</c> of everything up to an event, which is the input's number.</summary>
    public static AcknowledgementStep ForUpTo(ClientConnection client) => new UpTo(client);

    /// <summary>
    /// Returns the step for any other <c>ack</c> or a <c>nack</c>. From a list it takes up to <see cref="MaxNumbers"/> numbers, from
    /// <paramref name="first"/> on. It keeps no reference to the request's memory.
    /// </summary>
    public static AcknowledgementStep For(ClientConnection client, ClientRequest request, int first) => request switch
    {
        { Type: ClientRequestType.Nack } => new Again(client, Part(request.Ids, first), request.Delay ?? 0),
        { Ids.Count: 1, Data.IsEmpty: false } => new Answer(client, new EventData(request.Data.ToArray(), request.HasSeveralArguments)),
        _ => new Many(client, Part(request.Ids, first)),
    };

    /// <inheritdoc />
    public virtual int Cost => 1;

    /// <inheritdoc />
    public void Apply(ApplyLoop loop, long number)
    {
        client.Leave(Weight);
        client.LeaveQueue(Weight);
        if (client.ConnectionWindow is { SessionDelivery: not null } window)
        {
            Apply(loop.Acknowledgements, window, number);
        }
    }

    private static long[] Part(List<long> numbers, int first) =>
        CollectionsMarshal.AsSpan(numbers).Slice(first, Math.Min(MaxNumbers, numbers.Count - first)).ToArray();

    /// <summary>Applies the step to a connection that is attached to its session.</summary>
    protected abstract void Apply(Acknowledgements acknowledgements, ConnectionWindow window, long number);

    private sealed class One(ClientConnection client) : AcknowledgementStep(client, 0)
    {
        protected override void Apply(Acknowledgements acknowledgements, ConnectionWindow window, long number) =>
            acknowledgements.Acknowledge(window, number);
    }

    private sealed class UpTo(ClientConnection client) : AcknowledgementStep(client, 0)
    {
        protected override void Apply(Acknowledgements acknowledgements, ConnectionWindow window, long number) =>
            acknowledgements.AcknowledgeUpTo(window, number);
    }

    private sealed class Answer(ClientConnection client, EventData data) : AcknowledgementStep(client, data.Json.Length)
    {
        protected override void Apply(Acknowledgements acknowledgements, ConnectionWindow window, long number) =>
            acknowledgements.Acknowledge(window, number, data);
    }

    private sealed class Many(ClientConnection client, long[] numbers) : AcknowledgementStep(client, numbers.Length * WeightOfNumber)
    {
        public override int Cost => 1 + (numbers.Length / 16);

        protected override void Apply(Acknowledgements acknowledgements, ConnectionWindow window, long number) =>
            acknowledgements.Acknowledge(window, numbers);
    }

    private sealed class Again(ClientConnection client, long[] numbers, long delay)
        : AcknowledgementStep(client, numbers.Length * WeightOfNumber)
    {
        public override int Cost => 1 + (numbers.Length / 16);

        protected override void Apply(Acknowledgements acknowledgements, ConnectionWindow window, long number) =>
            acknowledgements.Delay(window, numbers, delay);
    }
}

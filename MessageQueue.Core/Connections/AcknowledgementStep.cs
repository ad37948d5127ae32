using System.Runtime.InteropServices;
using MessageQueue.Commands;
using MessageQueue.Delivery;
using MessageQueue.Pipeline;
using MessageQueue.Protocol;

namespace MessageQueue.Connections;

/// <summary>What a client says of events that it got. Those with one number and nothing else are made once for a connection.</summary>
internal abstract class AcknowledgementStep(ClientConnection client, int bytes) : IApplyStep
{
    /// <summary>The most numbers in one step: what the apply loop does with them takes a tenth of a millisecond.</summary>
    public const int MaxNumbers = 1024;

    // Of the work, not of the memory: so many of a connection wait at a time that others wait no more than a millisecond for them.
    private const int WeightOfNumber = 64;

    /// <summary>What it weighs while it waits.</summary>
    public int Weight { get; } = Command.Overhead + bytes;

    /// <summary>An <c>ack</c> of one event; which one is the input's number.</summary>
    public static AcknowledgementStep ForOne(ClientConnection client) => new One(client);

    /// <summary>An <c>ack</c> of all up to an event; which one is the input's number.</summary>
    public static AcknowledgementStep ForUpTo(ClientConnection client) => new UpTo(client);

    /// <summary>
    /// Any other <c>ack</c>, or a <c>nack</c>; of a list up to <see cref="MaxNumbers"/> from <paramref name="first"/> on. Keeps nothing of
    /// the request's memory.
    /// </summary>
    public static AcknowledgementStep For(ClientConnection client, ClientRequest request, int first) => request switch
    {
        { Type: ClientRequestType.Nack } => new Again(client, Part(request.Ids, first), request.Delay ?? 0),
        { Ids.Count: 1, Data.IsEmpty: false } => new Answer(client, request.Data.ToArray()),
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

    private static long[] Part(List<long> numbers, int first) => CollectionsMarshal.AsSpan(numbers).Slice(first, Math.Min(MaxNumbers, numbers.Count - first)).ToArray();

    /// <summary>Applies it to a connection that has its session.</summary>
    protected abstract void Apply(Acknowledgements acknowledgements, ConnectionWindow window, long number);

    private sealed class One(ClientConnection client) : AcknowledgementStep(client, 0)
    {
        protected override void Apply(Acknowledgements acknowledgements, ConnectionWindow window, long number) => acknowledgements.Acknowledge(window, number);
    }

    private sealed class UpTo(ClientConnection client) : AcknowledgementStep(client, 0)
    {
        protected override void Apply(Acknowledgements acknowledgements, ConnectionWindow window, long number) => acknowledgements.AcknowledgeUpTo(window, number);
    }

    private sealed class Answer(ClientConnection client, byte[] data) : AcknowledgementStep(client, data.Length)
    {
        protected override void Apply(Acknowledgements acknowledgements, ConnectionWindow window, long number) =>
            acknowledgements.Acknowledge(window, number, data);
    }

    private sealed class Many(ClientConnection client, long[] numbers) : AcknowledgementStep(client, numbers.Length * WeightOfNumber)
    {
        public override int Cost => 1 + (numbers.Length / 16);

        protected override void Apply(Acknowledgements acknowledgements, ConnectionWindow window, long number) => acknowledgements.Acknowledge(window, numbers);
    }

    private sealed class Again(ClientConnection client, long[] numbers, long delay) : AcknowledgementStep(client, numbers.Length * WeightOfNumber)
    {
        public override int Cost => 1 + (numbers.Length / 16);

        protected override void Apply(Acknowledgements acknowledgements, ConnectionWindow window, long number) => acknowledgements.Delay(window, numbers, delay);
    }
}

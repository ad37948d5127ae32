using System.Runtime.InteropServices;
using MessageQueue.Commands;
using MessageQueue.Connections;
using MessageQueue.Delivery;
using MessageQueue.Protocol.Parsing;
using MessageQueue.State;

namespace MessageQueue.Pipeline;

/// <summary>One input of the apply loop. A struct, because acknowledgements are as many as events.</summary>
internal readonly struct ApplyInput
{
    /// <summary>The most numbers in one input: what the apply loop does with them takes a tenth of a millisecond.</summary>
    public const int MaxNumbers = 1024;

    // Of the work, not of the memory: so many of a connection wait at a time that others wait no more than a millisecond for them.
    private const int WeightOfNumber = 64;

    private ApplyInput(ApplyInputKind kind, object? subject = null, object? argument = null, long number = 0)
    {
        Kind = kind;
        Subject = subject;
        Argument = argument;
        Number = number;
    }

    /// <summary>Which one.</summary>
    public ApplyInputKind Kind { get; }

    /// <summary>What it is about; its type follows from the kind.</summary>
    public object? Subject { get; }

    /// <summary>More about it; its type follows from the kind.</summary>
    public object? Argument { get; }

    /// <summary>What it weighs while it waits, where it came from a client.</summary>
    public int Weight => Command.Overhead + Argument switch
    {
        long[] numbers => numbers.Length * WeightOfNumber,
        byte[] answer => answer.Length,
        _ => 0,
    };

    /// <summary>An event's number, or for a <c>nack</c> its delay.</summary>
    public long Number { get; }

    public static ApplyInput Tick { get; } = new(ApplyInputKind.Tick);

    public static ApplyInput RedeliveriesDue { get; } = new(ApplyInputKind.RedeliveriesDue);

    public static ApplyInput WriteProgress { get; } = new(ApplyInputKind.WriteProgress);

    public static ApplyInput Committed(CommittedBatch batch) => new(ApplyInputKind.Committed, batch);

    public static ApplyInput Failed(Exception exception) => new(ApplyInputKind.Failed, exception);

    /// <summary>How many small inputs it takes as long as.</summary>
    public int Cost => Argument is long[] numbers ? 1 + (numbers.Length / 16) : 1;

    /// <summary>An <c>ack</c> or <c>nack</c>, of a list up to <see cref="MaxNumbers"/> from <paramref name="first"/> on. Keeps nothing of the message's memory.</summary>
    public static ApplyInput Acknowledge(JsonConnection client, ClientMessage message, int first = 0) => message switch
    {
        { Type: ClientMessageType.Nack } => new(ApplyInputKind.Nack, client, Part(message.Ids, first), message.Delay ?? 0),
        { UpTo: long upTo } => new(ApplyInputKind.AcknowledgeUpTo, client, number: upTo),
        { Ids.Count: 1 } => new(ApplyInputKind.Acknowledge, client, message.Data.IsEmpty ? null : message.Data.ToArray(), message.Ids[0]),
        _ => new(ApplyInputKind.AcknowledgeMany, client, Part(message.Ids, first)),
    };

    /// <summary>What a handler answered to a client.</summary>
    public static ApplyInput Answer(JsonConnection client, ReadOnlyMemory<byte> payload) => new(ApplyInputKind.Answer, client, payload);

    public static ApplyInput Drained(JsonConnection client) => new(ApplyInputKind.Drained, client);

    public static ApplyInput Closed(JsonConnection client, TaskCompletionSource letGo) => new(ApplyInputKind.Closed, client, letGo);

    public static ApplyInput Fetched(SessionDelivery subscription, FetchedEvents events) => new(ApplyInputKind.Fetched, subscription, events);

    public static ApplyInput Call(Action<ServerState> action) => new(ApplyInputKind.Call, action);

    private static long[] Part(List<long> numbers, int first) => CollectionsMarshal.AsSpan(numbers).Slice(first, Math.Min(MaxNumbers, numbers.Count - first)).ToArray();
}

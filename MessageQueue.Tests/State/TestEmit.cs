using System.Text;
using MessageQueue.State.Records;

namespace MessageQueue.Tests.State;

/// <summary>The record of an emit, in the namespace <c>/</c>, with a default for all that a test does not care about.</summary>
internal sealed record TestEmit(string Event, params string[] To)
{
    public long SenderId { get; init; }

    public byte[] From { get; init; } = [];

    public string Reference { get; init; } = "";

    public string Data { get; init; } = "1";

    public bool HasSeveralArguments { get; init; }

    public long[] Except { get; init; } = [];

    public long TimeToLive { get; init; }

    public bool ExpectsReply { get; init; }

    public bool IsObserved { get; init; }

    public string User { get; init; } = "";

    public bool IsOwnKey { get; init; }

    public EmitCause Cause { get; init; }

    public string Trace { get; init; } = "";

    public byte[] Encode() => new EmitRecord
    {
        Namespace = "/"u8,
        SenderId = SenderId,
        From = From,
        Reference = Encoding.UTF8.GetBytes(Reference),
        Event = Encoding.UTF8.GetBytes(Event),
        Data = Encoding.UTF8.GetBytes(Data),
        HasSeveralArguments = HasSeveralArguments,
        To = [.. To.Select(name => new ReadOnlyMemory<byte>(Encoding.UTF8.GetBytes(name)))],
        Except = Except,
        TimeToLive = TimeToLive,
        ExpectsReply = ExpectsReply,
        IsObserved = IsObserved,
        User = Encoding.UTF8.GetBytes(User),
        IsUserLeftOut = false,
        IsOwnKey = IsOwnKey,
        Cause = Cause,
        Trace = Encoding.UTF8.GetBytes(Trace),
    }.Encode();
}

using MessageQueue.Client.Receiving;

namespace MessageQueue.Client;

/// <summary>An event that came from the server. It is acknowledged, or asked for again, at most once; the first call counts.</summary>
/// <typeparam name="T">The type of its data.</typeparam>
public sealed class ReceivedEvent<T>
{
    private readonly Delivery _delivery;

    internal ReceivedEvent(Delivery delivery, T data)
    {
        _delivery = delivery;
        Data = data;
    }

    /// <summary>Its name.</summary>
    public string Name => _delivery.Message.Event!;

    /// <summary>
    /// Its data; the default value where it has none. Bytes and values that <typeparamref name="T"/> does not show are in
    /// <see cref="Raw"/>.
    /// </summary>
    public T Data { get; }

    /// <summary>Its number in the server's log; null for a volatile event. Use it as the key of what the event causes.</summary>
    public long? Number => _delivery.Message.Id;

    /// <summary>The target that matched this session: a room, <c>*</c> or <c>@NAME</c>; null where the server has none.</summary>
    public string? Room => _delivery.Message.Room;

    /// <summary>The sending session, or its public alias; null if the server itself emitted it.</summary>
    public string? From => _delivery.Message.From;

    /// <summary>When it was stored.</summary>
    public DateTimeOffset Time => DateTimeOffset.FromUnixTimeMilliseconds(_delivery.Message.Time);

    /// <summary>Whether it may have been delivered to this session before.</summary>
    public bool Redelivered => _delivery.Message.Redelivered;

    /// <summary>Whether the server waits for a reply.</summary>
    public bool WantsReply => _delivery.Message.Reply;

    /// <summary>Whether the data is an array whose entries are the arguments of the event.</summary>
    public bool HasSeveralArguments => _delivery.Message.HasSeveralArguments;

    /// <summary>The whole message as the server sent it, as JSON in UTF-8.</summary>
    public ReadOnlyMemory<byte> Raw => _delivery.Message.Raw;

    /// <summary>
    /// Acknowledges it: this session has dealt with it. Acknowledgements are sent together, after 50 ms at the latest. Handlers of
    /// <c>On</c> need not call it.
    /// </summary>
    public ValueTask AckAsync()
    {
        _delivery.Acknowledge();
        return ValueTask.CompletedTask;
    }

    /// <summary>Asks for it again.</summary>
    /// <param name="delay">How long the server waits at least, up to a day. It has a shortest wait of its own, which grows.</param>
    public ValueTask NackAsync(TimeSpan delay = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(delay, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(delay, TimeSpan.FromDays(1));
        _delivery.Reject(delay);
        return ValueTask.CompletedTask;
    }
}

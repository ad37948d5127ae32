namespace MessageQueue.Protocol;

/// <summary>
/// One request of a client, in any dialect. Each connection has one instance, and its codec fills it again for every message, so that
/// parsing allocates nothing. A codec passes on only what the rules for names and numbers allow: valid UTF-8, data that is one JSON value.
/// All memory is valid until the next message is read into this instance, and only as long as the bytes from which it was read. Only the
/// fields of the request's type are meaningful.
/// </summary>
internal sealed class ClientRequest
{
    /// <summary>
    /// The capacity that the lists keep between messages, so that one large acknowledgement does not hold its memory for as long as the
    /// connection lives.
    /// </summary>
    private const int KeptCapacity = 256;

    /// <summary>The buffer for names that a codec has to decode, because they are not a slice of the input.</summary>
    public NameBuffer NameBuffer { get; } = new();

    /// <summary>The type of the request.</summary>
    public ClientRequestType Type { get; set; }

    /// <summary>
    /// The client's own reference (<c>id</c> if it is a string); empty if there is none. Set as soon as it has been read, even if parsing
    /// fails later.
    /// </summary>
    public ReadOnlyMemory<byte> Reference { get; set; }

    /// <summary>
    /// Whether an emit with a <see cref="Reference"/> that was used before is a repetition, which is not stored or handled again. True
    /// unless a codec sets it to false: one whose references only pair answers with requests and start again with every connection.
    /// </summary>
    public bool DeduplicatesByReference { get; set; }

    /// <summary><c>event</c> of an emit.</summary>
    public ReadOnlyMemory<byte> Event { get; set; }

    /// <summary><c>data</c>: the JSON text as it was sent; empty if there is none.</summary>
    public ReadOnlyMemory<byte> Data { get; set; }

    /// <summary>
    /// <c>args</c>: whether <see cref="Data"/> is an array whose entries are the arguments; false unless the client said true. A codec
    /// passes on true only if the data is an array.
    /// </summary>
    public bool HasSeveralArguments { get; set; }

    /// <summary><c>to</c> of an emit, in the order given; empty if there is none.</summary>
    public List<ReadOnlyMemory<byte>> To { get; } = [];

    /// <summary><c>echo</c>; true unless the client said false.</summary>
    public bool Echo { get; set; }

    /// <summary><c>volatile</c>; false unless the client said true.</summary>
    public bool Volatile { get; set; }

    /// <summary><c>ttl</c> in milliseconds, at least 1; null if there is none.</summary>
    public long? TimeToLive { get; set; }

    /// <summary><c>trace</c> of an emit, a W3C <c>traceparent</c>; empty if there is none, or it is not valid.</summary>
    public ReadOnlyMemory<byte> Trace { get; set; }

    /// <summary><c>room</c> of a join, leave, watch or unwatch.</summary>
    public ReadOnlyMemory<byte> Room { get; set; }

    /// <summary><c>token</c> of a token, unchecked.</summary>
    public ReadOnlyMemory<byte> Token { get; set; }

    /// <summary>The event numbers of an ack or nack, in the order given.</summary>
    public List<long> Ids { get; } = [];

    /// <summary><c>upTo</c> of an ack; null if there is none.</summary>
    public long? UpTo { get; set; }

    /// <summary><c>delay</c> of a nack in milliseconds; null if there is none.</summary>
    public long? Delay { get; set; }

    /// <summary>Resets all fields for the next message.</summary>
    public void Clear()
    {
        Type = default;
        Reference = default;
        DeduplicatesByReference = true;
        Event = default;
        Data = default;
        HasSeveralArguments = false;
        Clear(To);
        Echo = true;
        Volatile = false;
        TimeToLive = null;
        Trace = default;
        Room = default;
        Token = default;
        Clear(Ids);
        UpTo = null;
        Delay = null;
        NameBuffer.Clear();
    }

    private static void Clear<T>(List<T> list)
    {
        list.Clear();
        if (list.Capacity > KeptCapacity)
        {
            list.Capacity = 0;
        }
    }
}

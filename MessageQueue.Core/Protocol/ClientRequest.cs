namespace MessageQueue.Protocol;

/// <summary>
/// What a client asks for, in any dialect. An instance belongs to one connection, and its codec fills it again for every message, so that
/// parsing allocates nothing. A codec hands over only what the rules for names and numbers allow: valid UTF-8, data that is one JSON value.
/// All memory is valid until the next message is read into this instance, and as long as the bytes that it was read from. Only the fields
/// of its type mean anything.
/// </summary>
internal sealed class ClientRequest
{
    /// <summary>
    /// Entries that the lists keep room for between messages: one large acknowledgement is no reason to hold its memory for as long as the
    /// connection.
    /// </summary>
    private const int KeptCapacity = 256;

    /// <summary>Where a codec decodes names to that are no slice of what came.</summary>
    public NameBuffer NameBuffer { get; } = new();

    /// <summary>What the message asks for.</summary>
    public ClientRequestType Type { get; set; }

    /// <summary>
    /// The client's own reference (<c>id</c> where it is a string), empty where there is none. Set as soon as it could be read, also when
    /// parsing fails.
    /// </summary>
    public ReadOnlyMemory<byte> Reference { get; set; }

    /// <summary>
    /// Whether an emit with a <see cref="Reference"/> that was used before is a repetition, which is not stored or handled again. True
    /// unless a codec says otherwise: one whose references only pair answers with requests, and begin anew with every connection.
    /// </summary>
    public bool DeduplicatesByReference { get; set; }

    /// <summary><c>event</c> of an emit.</summary>
    public ReadOnlyMemory<byte> Event { get; set; }

    /// <summary><c>data</c>: the JSON text as it was sent, empty where there is none.</summary>
    public ReadOnlyMemory<byte> Data { get; set; }

    /// <summary><c>to</c> of an emit, in the order given; empty where there is none.</summary>
    public List<ReadOnlyMemory<byte>> To { get; } = [];

    /// <summary><c>echo</c>; true unless the client said false.</summary>
    public bool Echo { get; set; }

    /// <summary><c>volatile</c>; false unless the client said true.</summary>
    public bool Volatile { get; set; }

    /// <summary><c>ttl</c> in milliseconds, at least 1; null where there is none.</summary>
    public long? TimeToLive { get; set; }

    /// <summary><c>room</c> of a join or leave.</summary>
    public ReadOnlyMemory<byte> Room { get; set; }

    /// <summary>The event numbers of an ack or nack, in the order given.</summary>
    public List<long> Ids { get; } = [];

    /// <summary><c>upTo</c> of an ack; null where there is none.</summary>
    public long? UpTo { get; set; }

    /// <summary><c>delay</c> of a nack in milliseconds; null where there is none.</summary>
    public long? Delay { get; set; }

    /// <summary>Forgets the last message.</summary>
    public void Clear()
    {
        Type = default;
        Reference = default;
        DeduplicatesByReference = true;
        Event = default;
        Data = default;
        Clear(To);
        Echo = true;
        Volatile = false;
        TimeToLive = null;
        Room = default;
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

namespace MessageQueue.Protocol.Parsing;

/// <summary>
/// One message from a client, parsed. An instance belongs to one connection and is filled again for every message, so that parsing
/// allocates nothing. Names are UTF-8 without JSON escapes. All memory is valid until the next message is parsed into this instance, and as
/// long as the parsed text itself. Only the fields of its type mean anything: those of others are ignored, as unknown ones are.
/// </summary>
internal sealed class ClientMessage
{
    /// <summary>
    /// Entries that the lists keep room for between messages: one large acknowledgement is no reason to hold its memory for as long as the
    /// connection.
    /// </summary>
    private const int KeptCapacity = 256;

    /// <summary>Where names are unescaped to.</summary>
    public UnescapeBuffer UnescapeBuffer { get; } = new();

    /// <summary>What the message asks for.</summary>
    public ClientMessageType Type { get; set; }

    /// <summary>
    /// The client's own reference (<c>id</c> where it is a string), empty where there is none. Set as soon as it could be read, also when
    /// parsing fails.
    /// </summary>
    public ReadOnlyMemory<byte> Reference { get; set; }

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
        UnescapeBuffer.Clear();
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

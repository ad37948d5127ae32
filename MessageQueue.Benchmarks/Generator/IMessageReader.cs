namespace MessageQueue.Benchmarks.Generator;

/// <summary>Reads what a server says, by the server's own protocol.</summary>
internal interface IMessageReader
{
    /// <summary>
    /// Whether frames are mere parts of a stream, as WebSocket is under a protocol of its own: then a frame may be larger than any buffer.
    /// </summary>
    bool ReadsStream { get; }

    /// <summary>Counts the messages in a frame's payload, with what was left of the payload before.</summary>
    /// <returns>How many bytes were read. The rest, the beginning of a message, comes again before the next payload.</returns>
    /// <exception cref="PeerException">The server reported an error.</exception>
    int Read(ReadOnlySpan<byte> payload, ref Tally tally);
}

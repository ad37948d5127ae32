namespace MessageQueue.State.Records;

/// <summary>A session ends.</summary>
/// <param name="SessionId">The session.</param>
/// <param name="IfDetachedSince">0 to end the session in any case. Else it ends only if it is not attached and its last attachment was this
/// one: expiry must not end a session that came back meanwhile.</param>
internal readonly record struct EndRecord(long SessionId, long IfDetachedSince)
{
    public byte[] Encode()
    {
        PayloadWriter writer = new(2 * sizeof(long));
        writer.Int64(SessionId);
        writer.Int64(IfDetachedSince);
        return writer.Finish();
    }

    public static EndRecord Decode(ReadOnlyMemory<byte> payload)
    {
        PayloadReader reader = new(payload);
        return new EndRecord(reader.Int64(), reader.Int64());
    }
}

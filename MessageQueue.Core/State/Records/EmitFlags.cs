namespace MessageQueue.State.Records;

/// <summary>The first byte of an event's record. Keep in sync with docs/records.md.</summary>
[Flags]
internal enum EmitFlags : byte
{
    None = 0,
    AsksForReply = 1,
    HasUser = 2,
    LacksUser = 4,
    HasOwnKey = 8,
    HasCause = 16,
    SeveralArguments = 32,
    HasTrace = 64,
    ForObservers = 128,

    OfVersion1 = AsksForReply,
    OfVersion2 = OfVersion1 | HasUser | LacksUser | HasOwnKey | HasCause | ForObservers,
    Known = OfVersion2 | SeveralArguments | HasTrace,
}

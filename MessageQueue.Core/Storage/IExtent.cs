namespace MessageQueue.Storage;

/// <summary>An item that begins with a sequence and lies in a list in ascending order.</summary>
internal interface IExtent
{
    long FirstSequence { get; }
}

namespace MessageQueue.Storage;

/// <summary>Anything that begins with a sequence and lies in a list in that order.</summary>
internal interface IExtent
{
    long FirstSequence { get; }
}

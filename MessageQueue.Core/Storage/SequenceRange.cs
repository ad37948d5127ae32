namespace MessageQueue.Storage;

/// <summary>Sequences from one to another, both inclusive.</summary>
internal readonly record struct SequenceRange(long First, long Last) : IExtent
{
    long IExtent.FirstSequence => First;
}

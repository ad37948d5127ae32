namespace MessageQueue.Storage;

/// <summary>A range of sequences, both ends inclusive.</summary>
internal readonly record struct SequenceRange(long First, long Last) : IExtent
{
    long IExtent.FirstSequence => First;
}

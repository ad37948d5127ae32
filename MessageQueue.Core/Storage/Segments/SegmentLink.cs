namespace MessageQueue.Storage.Segments;

/// <summary>What a segment's header says of the segment that it was written after.</summary>
/// <param name="FirstSequence">Its first sequence; 0 where there was none.</param>
/// <param name="Crc">The checksum of its last record; 0 where there was none.</param>
internal readonly record struct SegmentLink(long FirstSequence, uint Crc)
{
    public static SegmentLink To(Segment segment) => new(segment.FirstSequence, segment.LastCrc);
}

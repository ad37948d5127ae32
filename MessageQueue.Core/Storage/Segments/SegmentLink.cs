namespace MessageQueue.Storage.Segments;

/// <summary>The part of a segment's header that identifies the segment before it.</summary>
/// <param name="FirstSequence">The first sequence of that segment; 0 if there was none.</param>
/// <param name="Crc">The checksum of its last record; 0 if there was none.</param>
internal readonly record struct SegmentLink(long FirstSequence, uint Crc)
{
    public static SegmentLink To(Segment segment) => new(segment.FirstSequence, segment.LastCrc);
}

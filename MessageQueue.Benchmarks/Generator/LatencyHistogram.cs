using System.Diagnostics;
using System.Numerics;

namespace MessageQueue.Benchmarks.Generator;

/// <summary>Counts times in buckets whose width grows with the time: the error is 1/64 at most, and recording allocates nothing.</summary>
internal sealed class LatencyHistogram
{
    private const int SubBits = 6;
    private const int SubCount = 1 << SubBits;

    private readonly long[] _counts = new long[(64 - SubBits) * SubCount];

    /// <summary>How many times were recorded.</summary>
    public long Count { get; private set; }

    /// <summary>Records a time in ticks of the <see cref="Stopwatch"/>; less than zero counts as zero.</summary>
    public void Record(long ticks)
    {
        Count++;
        _counts[IndexOf(Math.Max(ticks, 0))]++;
    }

    /// <summary>Returns the time, in microseconds, that this share of the recorded ones does not exceed; NaN if there is none.</summary>
    public double Microseconds(double share)
    {
        long rank = (long)Math.Ceiling(share * Count);
        long seen = 0;
        for (int i = 0; i < _counts.Length; i++)
        {
            seen += _counts[i];
            if (seen >= rank && seen > 0)
            {
                return ValueOf(i) * 1e6 / Stopwatch.Frequency;
            }
        }

        return double.NaN;
    }

    // Up to SubCount a bucket for each value; from there on SubCount / 2 buckets for each power of two.
    private static int IndexOf(long value)
    {
        int shift = Math.Max(0, BitOperations.Log2((ulong)value | 1) - SubBits + 1);
        return (shift * SubCount / 2) + (int)(value >> shift);
    }

    private static double ValueOf(int index)
    {
        int shift = Math.Max(0, (index / (SubCount / 2)) - 1);
        long low = (long)(index - (shift * SubCount / 2)) << shift;
        return low + (((1L << shift) - 1) / 2.0);
    }
}

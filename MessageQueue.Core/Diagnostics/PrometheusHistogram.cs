using System.Globalization;
using System.Text;

namespace MessageQueue.Diagnostics;

/// <summary>Counts values by size. Thread-safe.</summary>
/// <param name="bounds">The upper bounds of the buckets, ascending. Values above the last bound have a bucket of their own.</param>
internal sealed class PrometheusHistogram(double[] bounds)
{
    private readonly Lock _lock = new();
    private readonly long[] _counts = new long[bounds.Length + 1];
    private double _sum;

    /// <summary>Counts a value.</summary>
    public void Add(double value)
    {
        int bucket = Array.FindIndex(bounds, bound => value <= bound);
        lock (_lock)
        {
            _counts[bucket < 0 ? bounds.Length : bucket]++;
            _sum += value;
        }
    }

    /// <summary>Writes the lines of the buckets, the sum and the count.</summary>
    public void Write(StringBuilder text, string name)
    {
        lock (_lock)
        {
            long count = 0;
            for (int i = 0; i < _counts.Length; i++)
            {
                count += _counts[i];
                string bound = i < bounds.Length ? bounds[i].ToString(CultureInfo.InvariantCulture) : "+Inf";
                text.Append(CultureInfo.InvariantCulture, $"{name}_bucket{{le=\"{bound}\"}} {count}\n");
            }

            text.Append(CultureInfo.InvariantCulture, $"{name}_sum {_sum}\n{name}_count {count}\n");
        }
    }
}

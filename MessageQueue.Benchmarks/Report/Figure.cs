using System.Globalization;

namespace MessageQueue.Benchmarks.Report;

/// <summary>Writes figures with three digits that matter.</summary>
internal static class Figure
{
    /// <summary>Returns a number such as 1.45 M, 233 k, 20.4.</summary>
    public static string Text(double value) => Math.Abs(value) switch
    {
        >= 999_500 => Digits(value / 1e6) + " M",
        >= 9_995 => Digits(value / 1e3) + " k",
        _ => Digits(value),
    };

    /// <summary>Returns the median, and the spread if there are several rounds.</summary>
    public static string Text(Summary summary) => summary.Least == summary.Most
        ? Text(summary.Median)
        : $"{Text(summary.Median)} ({Text(summary.Least)} – {Text(summary.Most)})";

    private static string Digits(double value)
    {
        string format = Math.Abs(value) switch { >= 99.95 => "0", >= 9.995 => "0.0", _ => "0.00" };
        return value.ToString(format, CultureInfo.InvariantCulture);
    }
}

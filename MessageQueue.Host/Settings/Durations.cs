using System.Globalization;

namespace MessageQueue.Host.Settings;

/// <summary>Lengths of time as people write them: <c>500ms</c>, <c>25s</c>, <c>10m</c>, <c>2h</c>, <c>7d</c>.</summary>
internal static class Durations
{
    // "ms" before "s" and "m": the first suffix that fits is taken.
    private static readonly (string Suffix, TimeSpan Unit)[] Units =
    [
        ("ms", TimeSpan.FromMilliseconds(1)),
        ("s", TimeSpan.FromSeconds(1)),
        ("m", TimeSpan.FromMinutes(1)),
        ("h", TimeSpan.FromHours(1)),
        ("d", TimeSpan.FromDays(1)),
    ];

    private const string Infinite = "infinite";

    /// <summary>A length of time that ends.</summary>
    public static ValueKind<TimeSpan> Finite { get; } = new("TIME", "a whole number and ms, s, m, h or d, as 25s", TryParseFinite, Format);

    /// <summary>One that may also be <c>infinite</c>.</summary>
    public static ValueKind<TimeSpan> OrInfinite { get; } = new(
        "TIME",
        "a whole number and ms, s, m, h or d, as 7d, or infinite",
        (string text, out TimeSpan value) => (value = Timeout.InfiniteTimeSpan, text).text == Infinite || TryParseFinite(text, out value),
        Format);

    private static bool TryParseFinite(string text, out TimeSpan value)
    {
        value = default;
        foreach ((string suffix, TimeSpan unit) in Units)
        {
            if (text.EndsWith(suffix, StringComparison.Ordinal))
            {
                bool isNumber = int.TryParse(text.AsSpan(0, text.Length - suffix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int count);
                // Seven digits of days are beyond what a TimeSpan holds.
                bool fits = count <= TimeSpan.MaxValue / unit;
                value = isNumber && fits ? count * unit : default;
                return isNumber && fits;
            }
        }

        return false;
    }

    private static string Format(TimeSpan value)
    {
        if (value == Timeout.InfiniteTimeSpan)
        {
            return Infinite;
        }

        // The largest unit that divides it, so that a week is 7d and not 604800s.
        (string suffix, TimeSpan unit) = Units.Last(entry => value.Ticks % entry.Unit.Ticks == 0);
        return (value.Ticks / unit.Ticks).ToString(CultureInfo.InvariantCulture) + suffix;
    }
}

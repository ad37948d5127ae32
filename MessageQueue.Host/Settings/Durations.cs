using System.Globalization;

namespace MessageQueue.Host.Settings;

/// <summary>Reads and writes lengths of time: <c>500ms</c>, <c>25s</c>, <c>10m</c>, <c>2h</c>, <c>7d</c>.</summary>
internal static class Durations
{
    // "ms" comes before "s" and "m": the first suffix that fits is taken.
    private static readonly (string Suffix, TimeSpan Unit)[] Units =
    [
        ("ms", TimeSpan.FromMilliseconds(1)),
        ("s", TimeSpan.FromSeconds(1)),
        ("m", TimeSpan.FromMinutes(1)),
        ("h", TimeSpan.FromHours(1)),
        ("d", TimeSpan.FromDays(1)),
    ];

    private const string Infinite = "infinite";

    /// <summary>A finite length of time.</summary>
    public static ValueKind<TimeSpan> Finite { get; } =
        new("TIME", "a whole number and ms, s, m, h or d, for example 25s", TryParseFinite, Format);

    /// <summary>A length of time, or <c>infinite</c>.</summary>
    public static ValueKind<TimeSpan> OrInfinite { get; } = new(
        "TIME",
        "a whole number and ms, s, m, h or d, for example 7d, or infinite",
        (string text, out TimeSpan value) => (value = Timeout.InfiniteTimeSpan, text).text == Infinite || TryParseFinite(text, out value),
        Format);

    private static bool TryParseFinite(string text, out TimeSpan value)
    {
        value = default;
        foreach ((string suffix, TimeSpan unit) in Units)
        {
            if (text.EndsWith(suffix, StringComparison.Ordinal))
            {
                ReadOnlySpan<char> digits = text.AsSpan(0, text.Length - suffix.Length);
                bool isNumber = int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int count);
                // A TimeSpan holds about ten million days, an int more.
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

        // Takes the largest unit that divides it: a week is 7d and not 604800s.
        (string suffix, TimeSpan unit) = Units.Last(entry => value.Ticks % entry.Unit.Ticks == 0);
        return (value.Ticks / unit.Ticks).ToString(CultureInfo.InvariantCulture) + suffix;
    }
}

using System.Globalization;

namespace MessageQueue.Host.Operating;

/// <summary>Writes how long ago something was, for people.</summary>
internal static class Age
{
    /// <summary>Returns one or two units: <c>0.5s</c>, <c>42s</c>, <c>3m 10s</c>, <c>2h 5m</c>, <c>7d 4h</c>.</summary>
    public static string Of(long milliseconds)
    {
        TimeSpan age = TimeSpan.FromMilliseconds(Math.Max(0, milliseconds));
        return age switch
        {
            { TotalSeconds: < 10 } => string.Create(CultureInfo.InvariantCulture, $"{age.TotalSeconds:0.#}s"),
            { TotalMinutes: < 1 } => Text($"{age.Seconds}s"),
            { TotalHours: < 1 } => Text($"{age.Minutes}m {age.Seconds}s"),
            { TotalDays: < 1 } => Text($"{age.Hours}h {age.Minutes}m"),
            _ => Text($"{age.Days}d {age.Hours}h"),
        };
    }

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}

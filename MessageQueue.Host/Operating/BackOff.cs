namespace MessageQueue.Host.Operating;

/// <summary>How long to wait before the next attempt: from half a second on twice as long each time, up to half a minute, a random part of it less so that many do not come at once.</summary>
internal sealed class BackOff
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    private TimeSpan _next = First;

    /// <summary>The next wait.</summary>
    /// <param name="chance">0 to 1.</param>
    public TimeSpan Next(double chance)
    {
        TimeSpan wait = _next * (1 - (chance / 2));
        _next = _next * 2 < Longest ? _next * 2 : Longest;
        return wait;
    }

    /// <summary>It worked.</summary>
    public void Reset() => _next = First;
}

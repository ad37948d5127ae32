namespace MessageQueue.Host.Client;

/// <summary>
/// Chooses how long to wait before the next attempt to connect: 0.5 s, then twice as long each time, up to 30 s. Up to half of each wait is
/// left out at random, so that many clients do not return at once.
/// </summary>
internal sealed class BackOff
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    private TimeSpan _next = First;

    /// <summary>Returns the next wait, and doubles the one after it.</summary>
    /// <param name="chance">A random number from 0 to 1: 0 for the whole wait, 1 for half of it.</param>
    public TimeSpan Next(double chance)
    {
        TimeSpan wait = _next * (1 - (chance / 2));
        _next = _next * 2 < Longest ? _next * 2 : Longest;
        return wait;
    }

    /// <summary>Begins again with the shortest wait, after a connection succeeded.</summary>
    public void Reset() => _next = First;
}

using System.Diagnostics;

namespace MessageQueue.Benchmarks.Generator;

/// <summary>
/// Publishes at a fixed rate, whatever the server does. Each event carries the time at which it was due, not at which it was sent, so
/// that a server which holds up the publisher does not improve its own figures.
/// </summary>
internal sealed class PacedPublisher(Connection connection, byte[] frame, double perSecond, long start)
{
    // More than this in one write would hide that the generator, not the server, is late.
    private const int MaxBurst = 64;

    private readonly double _interval = Stopwatch.Frequency / perSecond;
    private readonly byte[] _frame = [.. frame];

    /// <summary>How many it has sent.</summary>
    public long Sent { get; private set; }

    /// <summary>Sends what is due.</summary>
    public void SendDue(long now)
    {
        for (int i = 0; i < MaxBurst; i++)
        {
            long due = start + (long)(Sent * _interval);
            if (due > now || connection.HasUnsent)
            {
                return;
            }

            EventData.Stamp(_frame, due);
            connection.Send(_frame);
            Sent++;
        }
    }
}

using System.Runtime.InteropServices;

namespace MessageQueue.Host;

/// <summary>SIGTERM and Ctrl-C, turned into one request to stop. A second Ctrl-C does what it does in any program, and ends the process at once.</summary>
internal sealed class StopSignals : IDisposable
{
    private readonly CancellationTokenSource _requested = new();
    private readonly PosixSignalRegistration _terminate;
    private readonly PosixSignalRegistration _interrupt;
    private int _signals;

    public StopSignals()
    {
        _terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
        _interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Requested => _requested.Token;

    /// <summary>Waits for work that the first signal cancels, which is then no failure.</summary>
    public static async Task QuietlyAsync(StopSignals signals, Task work)
    {
        try
        {
            await work;
        }
        catch (OperationCanceledException) when (signals.Requested.IsCancellationRequested)
        {
            // As asked.
        }
    }

    public void Dispose()
    {
        _terminate.Dispose();
        _interrupt.Dispose();
        _requested.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        bool isFirst = Interlocked.Increment(ref _signals) == 1;
        // Process managers may send SIGTERM several times; only a person at the keyboard repeats it out of impatience.
        context.Cancel = isFirst || context.Signal == PosixSignal.SIGTERM;
        if (isFirst)
        {
            // Not on this thread: it is the one that the second signal arrives on.
            _ = _requested.CancelAsync();
        }
    }
}

using System.Runtime.InteropServices;

namespace MessageQueue.Host;

/// <summary>Turns SIGTERM and Ctrl-C into one request to stop. A second Ctrl-C ends the process at once, as in any program.</summary>
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

    /// <summary>Waits for work that the first signal cancels. Being cancelled by it is not a failure.</summary>
    public static async Task QuietlyAsync(StopSignals signals, Task work)
    {
        try
        {
            await work;
        }
        catch (OperationCanceledException) when (signals.Requested.IsCancellationRequested)
        {
            // The user asked for it.
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
        // Process managers may send SIGTERM several times, so only a second Ctrl-C ends the process.
        context.Cancel = isFirst || context.Signal == PosixSignal.SIGTERM;
        if (isFirst)
        {
            // Not on this thread, which has to stay free for the second signal.
            _ = _requested.CancelAsync();
        }
    }
}

using MessageQueue.Transport;

namespace MessageQueue.Tests.Transport;

/// <summary>Counts what an output reports.</summary>
internal sealed class CountingObserver : IOutputObserver
{
    public int Drained { get; private set; }

    public List<Exception> Failures { get; } = [];

    public Action? WhenDrained { get; set; }

    public void OnDrained()
    {
        Drained++;
        WhenDrained?.Invoke();
    }

    public void OnSendFailed(Exception exception) => Failures.Add(exception);
}

namespace MessageQueue.Handlers;

/// <summary>Removes what the app has added, once. Thread-safe.</summary>
internal sealed class Registration(Action remove) : IDisposable
{
    private Action? _remove = remove;

    /// <inheritdoc />
    public void Dispose() => Interlocked.Exchange(ref _remove, null)?.Invoke();
}

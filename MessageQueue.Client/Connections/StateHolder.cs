namespace MessageQueue.Client.Connections;

/// <summary>Holds the state of a client, and tells its changes in order.</summary>
internal sealed class StateHolder
{
    private readonly Lock _lock = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Called with each new state, one at a time. What it throws is ignored.</summary>
    public event Action<ClientState>? Changed;

    /// <summary>The state.</summary>
    public ClientState Current { get; private set; } = new(ClientStatus.Idle);

    /// <summary>Sets the state.</summary>
    public void Set(ClientState state)
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            Current = state;
            changed = _changed;
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        Callbacks.Run(Changed, state);
        changed.SetResult();
    }

    /// <summary>Waits for a state.</summary>
    public async Task<ClientState> WaitAsync(Func<ClientState, bool> condition, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (condition(Current))
                {
                    return Current;
                }

                changed = _changed.Task;
            }

            await changed.WaitAsync(cancellationToken);
        }
    }
}

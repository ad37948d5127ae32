using MessageQueue.Commands;

namespace MessageQueue.Connections;

/// <summary>How fast one connection may send: by its own limit, and by that of its address, which it has in common with others.</summary>
internal sealed class MessageRate(TokenBucket? own, TokenBucket? address)
{
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Counts a message, if both limits allow it now.</summary>
    public bool TryEnter()
    {
        if (own?.TryTake() == false)
        {
            return false;
        }

        if (address?.TryTake() == false)
        {
            own?.Return();
            return false;
        }

        return true;
    }

    /// <summary>Counts a message, as soon as both limits allow it.</summary>
    public async ValueTask EnterAsync()
    {
        while (!_over.Task.IsCompleted && !TryEnter())
        {
            await WaitAsync().ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Completes when a message may have a chance: after a second at most. Nobody's turn is kept meanwhile, so that a connection that ends
    /// while it waits takes nothing along.
    /// </summary>
    public async ValueTask WaitAsync()
    {
        if (own is not null)
        {
            await Task.WhenAny(own.WaitAsync(), _over.Task).ConfigureAwait(false);
        }

        if (address is not null)
        {
            await Task.WhenAny(address.WaitAsync(), _over.Task).ConfigureAwait(false);
        }
    }

    /// <summary>Nobody is to wait any more.</summary>
    public void Abandon() => _over.TrySetResult();
}

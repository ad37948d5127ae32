using MessageQueue.Commands;

namespace MessageQueue.Connections;

/// <summary>The rate limits of one connection: its own, and that of its address, which it shares with others.</summary>
internal sealed class MessageRate(TokenBucket? own, TokenBucket? address)
{
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Counts a message if both limits allow it now. Returns false if not.</summary>
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

    /// <summary>Counts a message as soon as both limits allow it.</summary>
    public async ValueTask EnterAsync()
    {
        while (!_over.Task.IsCompleted && !TryEnter())
        {
            await WaitAsync().ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Waits until both limits may allow a message, at most 1 s. Reserves no token, so a connection that ends while it waits takes none
    /// away.
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

    /// <summary>Ends all waits, now and later.</summary>
    public void Abandon() => _over.TrySetResult();
}

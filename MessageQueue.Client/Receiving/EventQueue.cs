using System.Threading.Channels;

namespace MessageQueue.Client.Receiving;

/// <summary>The events of one name that wait for readers.</summary>
internal sealed class EventQueue
{
    private readonly Channel<Delivery> _waiting = Channel.CreateUnbounded<Delivery>();

    /// <summary>Adds an event.</summary>
    public void Add(Delivery delivery) => _waiting.Writer.TryWrite(delivery);

    /// <summary>Ends all readers once they have read what waits; with an exception at once.</summary>
    public void Complete() => _waiting.Writer.TryComplete();

    /// <summary>Waits for the next event; null at the end.</summary>
    public async ValueTask<Delivery?> NextAsync(CancellationToken cancellationToken)
    {
        while (await _waiting.Reader.WaitToReadAsync(cancellationToken))
        {
            if (_waiting.Reader.TryRead(out Delivery? delivery))
            {
                return delivery;
            }
        }

        return null;
    }
}

using System.Threading.Channels;

namespace MessageQueue.Commands;

/// <summary>
/// The way into the log: many writers, one reader. Clients enter through the throttle, which bounds what waits. The server's own commands
/// (one per connection that ends, one for many acknowledgements) do not wait, because the apply loop sends them and must never wait for
/// itself.
/// </summary>
internal sealed class CommandQueue(long maxBytes)
{
    private readonly Channel<Command> _channel = Channel.CreateUnbounded<Command>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Throttle _throttle = new(int.MaxValue, maxBytes);

    /// <summary>The reading end of the queue.</summary>
    public ChannelReader<Command> Reader => _channel.Reader;

    /// <summary>Waits until there is room for a client's command of this weight. Returns false if the server is ending.</summary>
    public ValueTask<bool> EnterAsync(int weight) => _throttle.EnterAsync(weight);

    /// <summary>As <see cref="EnterAsync(int)"/>. A caller that is cancelled while it waits has not entered.</summary>
    public async ValueTask<bool> EnterAsync(int weight, CancellationToken cancellationToken)
    {
        ValueTask<bool> entering = EnterAsync(weight);
        if (entering.IsCompleted || !cancellationToken.CanBeCanceled)
        {
            return await entering.ConfigureAwait(false);
        }

        Task<bool> admission = entering.AsTask();
        try
        {
            return await admission.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Its turn comes all the same, and is then given back.
            _ = admission.ContinueWith(
                entered => { if (entered.Result) { Leave(1, weight); } },
                CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
            throw;
        }
    }

    /// <summary>Adds a command. Returns false if the server has ended.</summary>
    public bool TryAdd(in Command command) => _channel.Writer.TryWrite(command);

    /// <summary>Releases the room of clients' commands that have been applied.</summary>
    public void Leave(int count, long weight) => _throttle.Leave(count, weight);

    /// <summary>Accepts no more commands. Those in the queue are still read.</summary>
    public void Complete()
    {
        _channel.Writer.TryComplete();
        _throttle.Close();
    }
}

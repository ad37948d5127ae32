using MessageQueue.Pipeline;

namespace MessageQueue.Connections;

/// <summary>Detaches a connection that has ended.</summary>
internal sealed class DetachStep(ClientConnection client) : IApplyStep
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the apply loop does not use the connection any more.</summary>
    public Task Done => _done.Task;

    /// <inheritdoc />
    public void Apply(ApplyLoop loop, long number)
    {
        if (client.ConnectionWindow is { } window)
        {
            loop.Detach(window);
        }

        Abandon();
    }

    /// <inheritdoc />
    public void Abandon() => _done.SetResult();
}

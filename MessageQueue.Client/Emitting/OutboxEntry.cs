using MessageQueue.Client.Messages;

namespace MessageQueue.Client.Emitting;

/// <summary>A request to the server that is not answered yet.</summary>
/// <param name="kind">What it is.</param>
/// <param name="id">Its reference.</param>
/// <param name="subject">The event's name, or the room's.</param>
/// <param name="message">The message, as it is sent each time.</param>
internal sealed class OutboxEntry(OutboxKind kind, string id, string subject, byte[] message)
{
    private readonly TaskCompletionSource<ServerMessage> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public OutboxKind Kind { get; } = kind;

    public string Id { get; } = id;

    public string Subject { get; } = subject;

    public byte[] Message { get; } = message;

    /// <summary>Its place among the others. Set by the outbox.</summary>
    public long Order { get; set; }

    /// <summary>Whether it was answered, failed or withdrawn. Guarded by the outbox.</summary>
    public bool IsOver { get; set; }

    /// <summary>Whether it is in the file, and was not made by this process.</summary>
    public bool IsRestored { get; init; }

    /// <summary>The server's <c>ack</c>.</summary>
    public Task<ServerMessage> Answer => _answer.Task;

    /// <summary>Completes it.</summary>
    public void Complete(ServerMessage ack) => _answer.TrySetResult(ack);

    /// <summary>Fails it.</summary>
    public void Fail(MessageQueueClientException exception)
    {
        _answer.TrySetException(exception);
        // Where nobody waits, as for emits of an earlier process, a notice tells it.
        _ = _answer.Task.Exception;
    }

    /// <summary>Withdraws it.</summary>
    public void Cancel(CancellationToken cancellationToken) => _answer.TrySetCanceled(cancellationToken);
}

using MessageQueue.Commands;
using MessageQueue.State;

namespace MessageQueue.Pipeline;

/// <summary>Sends one of the server's own commands and waits until it is durable and applied.</summary>
/// <param name="applied">Called by the apply loop when the command was applied; must not block or throw. May be null.</param>
internal sealed class CommandCompletion(Action<Outcome>? applied = null) : ICommandOrigin
{
    private readonly TaskCompletionSource<Outcome?> _applied = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Sends a command and waits for its outcome.</summary>
    /// <param name="broker">The broker.</param>
    /// <param name="kind">What the command asks for.</param>
    /// <param name="payload">The payload of its record. It must not change any more.</param>
    /// <returns>The outcome. Null if the server has ended; if it failed, the command may have been stored.</returns>
    public static async Task<Outcome?> SendAsync(Broker broker, CommandKind kind, byte[] payload)
    {
        CommandCompletion completion = new();
        return await completion.TrySendAsync(broker, kind, payload, CancellationToken.None).ConfigureAwait(false)
            ? await completion.WaitAsync(broker).ConfigureAwait(false)
            : null;
    }

    /// <summary>Sends a command that the apply loop encodes, and waits for its outcome.</summary>
    /// <param name="broker">The broker.</param>
    /// <param name="kind">What the command asks for.</param>
    /// <param name="weight">The largest weight that the command may have.</param>
    /// <param name="encode">Returns the payload of its record; null to send nothing. Called by the apply loop; must not block or
    /// throw.</param>
    /// <returns>The outcome. Null if nothing was sent, or as for <see cref="SendAsync(Broker, CommandKind, byte[])"/>.</returns>
    public static async Task<Outcome?> SendAsync(Broker broker, CommandKind kind, int weight, Func<ServerState, byte[]?> encode)
    {
        CommandCompletion completion = new();
        if (!await broker.Queue.EnterAsync(weight).ConfigureAwait(false) || !broker.Post(ApplyInput.Call(Send)))
        {
            return null;
        }

        return await completion.WaitAsync(broker).ConfigureAwait(false);

        void Send(ServerState state)
        {
            if (encode(state) is not { } payload)
            {
                broker.Queue.Leave(1, weight);
                completion._applied.SetResult(null);
                return;
            }

            Command command = new(kind, payload, completion, default);
            broker.Queue.Leave(0, weight - command.Weight);
            if (!broker.Queue.TryAdd(command))
            {
                completion._applied.SetResult(null);
            }
        }
    }

    /// <summary>Sends a command. Returns false if the server has ended; then the command is not stored.</summary>
    /// <param name="broker">The broker.</param>
    /// <param name="kind">What the command asks for.</param>
    /// <param name="payload">The payload of its record. It must not change any more.</param>
    /// <param name="cancellationToken">Observed only until the command is on its way. After that its outcome counts.</param>
    public async ValueTask<bool> TrySendAsync(Broker broker, CommandKind kind, byte[] payload, CancellationToken cancellationToken)
    {
        Command command = new(kind, payload, this, default);
        return await broker.Queue.EnterAsync(command.Weight, cancellationToken).ConfigureAwait(false) && broker.Queue.TryAdd(command);
    }

    /// <summary>Waits for the outcome of what was sent. Returns null if the server ended before the outcome was known.</summary>
    public async Task<Outcome?> WaitAsync(Broker broker)
    {
        if (!_applied.Task.IsCompleted)
        {
            await Task.WhenAny(_applied.Task, broker.Completion).ConfigureAwait(false);
        }

        return _applied.Task.IsCompleted ? await _applied.Task.ConfigureAwait(false) : null;
    }

    /// <inheritdoc />
    public void OnApplied(in Command command, in Outcome outcome)
    {
        applied?.Invoke(outcome);
        _applied.SetResult(outcome);
    }
}

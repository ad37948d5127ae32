using MessageQueue.Commands;
using MessageQueue.Pipeline;
using MessageQueue.State;

namespace MessageQueue.Handlers;

/// <summary>
/// Sends the server's own commands. They go through the same queue as those of clients, and wait for room like them. Thread-safe.
/// </summary>
internal sealed class ServerCommands
{
    private volatile Broker? _broker;

    /// <summary>The running broker.</summary>
    /// <exception cref="ServerStoppedException">The server has not started yet.</exception>
    public Broker Broker => _broker
        ?? throw new ServerStoppedException("The server has not started yet; start it, or the app that it is part of, first.");

    /// <summary>Whether commands are accepted.</summary>
    public bool IsStarted => _broker is not null;

    /// <summary>Begins to accept commands.</summary>
    public void Start(Broker broker) => _broker = broker;

    /// <summary>Sends a command, waits until it is durable and applied, and returns its outcome.</summary>
    /// <param name="kind">The kind of command.</param>
    /// <param name="payload">The payload of its record.</param>
    /// <param name="applied">Called by the apply loop when the command was applied; must not block or throw.</param>
    /// <param name="cancellationToken">Has an effect until the command is on its way to the log. After that it has none, because the
    /// command may be stored already.</param>
    public async Task<Outcome> SendAsync(CommandKind kind, byte[] payload, Action<Outcome>? applied, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Broker broker = Broker;
        if (kind == CommandKind.Emit && !broker.HasRoom)
        {
            throw new DiskFullException();
        }

        if (payload.Length > broker.MaxRecordBytes)
        {
            throw new ArgumentException(
                $"With its rooms and exceptions the event needs {payload.Length} bytes of the log; at most {broker.MaxRecordBytes} are "
                + "allowed.");
        }

        CommandCompletion completion = new(applied);
        if (!await completion.TrySendAsync(broker, kind, payload, cancellationToken).ConfigureAwait(false))
        {
            throw broker.Stopped("nothing was stored");
        }

        return await completion.WaitAsync(broker).ConfigureAwait(false)
            ?? throw broker.Stopped("whether it was stored is unknown until the next start");
    }

    /// <inheritdoc cref="BrokerQuestions.AskAsync" />
    public Task<T> AskAsync<T>(Func<ServerState, T> question, CancellationToken cancellationToken) =>
        Broker.AskAsync(question, cancellationToken);
}

using MessageQueue.Commands;
using MessageQueue.Pipeline;
using MessageQueue.State;

namespace MessageQueue.Handlers;

/// <summary>
/// The server's own commands: they go the way of the clients', wait for room as those do, and end with the outcome. Thread-safe.
/// </summary>
internal sealed class ServerCommands
{
    private volatile Broker? _broker;

    /// <summary>The running broker.</summary>
    /// <exception cref="ServerStoppedException">There is none yet.</exception>
    public Broker Broker => _broker ?? throw new ServerStoppedException("The server has not started yet; start it, or the app that it is part of, first.");

    /// <summary>Whether there is one.</summary>
    public bool IsStarted => _broker is not null;

    /// <summary>From now on commands are taken.</summary>
    public void Start(Broker broker) => _broker = broker;

    /// <summary>Sends a command, and waits until it is durable and applied.</summary>
    /// <param name="kind">What it asks for.</param>
    /// <param name="payload">The payload of its record.</param>
    /// <param name="applied">Called by the apply loop when it was applied; must not block or throw.</param>
    /// <param name="cancellationToken">Heeded until the command is on its way, and not after: then its outcome is the truth.</param>
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
            throw new ArgumentException($"With its rooms and exceptions the event takes {payload.Length} bytes of the log, and at most {broker.MaxRecordBytes} are taken.");
        }

        CommandCompletion completion = new(applied);
        if (!await completion.TrySendAsync(broker, kind, payload, cancellationToken).ConfigureAwait(false))
        {
            throw broker.Stopped("nothing was stored");
        }

        return await completion.WaitAsync(broker).ConfigureAwait(false) ?? throw broker.Stopped("whether it was stored is unknown until the next start");
    }

    /// <inheritdoc cref="BrokerQuestions.AskAsync" />
    public Task<T> AskAsync<T>(Func<ServerState, T> question, CancellationToken cancellationToken) => Broker.AskAsync(question, cancellationToken);
}

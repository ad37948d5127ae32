using MessageQueue.Commands;
using MessageQueue.Delivery;
using MessageQueue.Protocol;
using MessageQueue.State;

namespace MessageQueue.Connections;

/// <summary>
/// A request that was refused before it could become a command. It keeps its place among the others, so that answers come in the order of
/// requests.
/// </summary>
internal sealed class Refusal(ClientConnection client, IConnection connection, ProtocolError error) : ICommandOrigin
{
    /// <inheritdoc />
    public void OnApplied(in Command command, in Outcome outcome)
    {
        client.Leave(command.Weight);
        connection.Refused(error, command.Reference.Span);
    }
}

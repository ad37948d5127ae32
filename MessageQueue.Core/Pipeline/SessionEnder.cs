using MessageQueue.Commands;
using MessageQueue.Protocol;
using MessageQueue.State;
using MessageQueue.State.Records;

namespace MessageQueue.Pipeline;

/// <summary>Ends a session from outside, with the same effect as its own <c>end</c>.</summary>
internal static class SessionEnder
{
    /// <summary>
    /// Ends a session; completes when that is durable. Its connections are then closed with 4002. Returns null when done, else the error.
    /// </summary>
    /// <param name="broker">The broker.</param>
    /// <param name="ns">The namespace.</param>
    /// <param name="name">The session's name or its address.</param>
    public static async Task<ProtocolError?> EndAsync(Broker broker, string ns, string name)
    {
        byte[] utf8 = System.Text.Encoding.UTF8.GetBytes(name);
        SessionState? session = await broker
            .AskAsync(state => state.Namespaces.GetValueOrDefault(ns)?.FindAddress(utf8))
            .ConfigureAwait(false);
        if (session is null)
        {
            return RequestErrors.UnknownSession;
        }

        byte[] record = new EndRecord(session.Id, IfDetachedSince: 0).Encode();
        Outcome? outcome = await CommandCompletion.SendAsync(broker, CommandKind.End, record).ConfigureAwait(false);
        return outcome switch
        {
            null => RequestErrors.OutcomeUnknown,
            { Kind: OutcomeKind.Applied } => null,
            // The session ended by itself meanwhile.
            _ => RequestErrors.UnknownSession,
        };
    }
}

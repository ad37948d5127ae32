using MessageQueue.Commands;
using MessageQueue.Protocol;
using MessageQueue.State;
using MessageQueue.State.Records;

namespace MessageQueue.Pipeline;

/// <summary>Ends a session from outside, as its own <c>end</c> would.</summary>
internal static class SessionEnder
{
    /// <summary>Ends it; completes when that is durable. Null: done. Its connections are then closed with 4002.</summary>
    /// <param name="broker">The broker.</param>
    /// <param name="ns">The namespace.</param>
    /// <param name="name">Its name, or what others know it by.</param>
    public static async Task<ProtocolError?> EndAsync(Broker broker, string ns, string name)
    {
        byte[] utf8 = System.Text.Encoding.UTF8.GetBytes(name);
        SessionState? session = await broker.AskAsync(state => state.Namespaces.GetValueOrDefault(ns)?.FindAddress(utf8)).ConfigureAwait(false);
        if (session is null)
        {
            return RequestErrors.UnknownSession;
        }

        Outcome? outcome = await CommandCompletion.SendAsync(broker, CommandKind.End, new EndRecord(session.Id, IfDetachedSince: 0).Encode()).ConfigureAwait(false);
        return outcome switch
        {
            null => RequestErrors.OutcomeUnknown,
            { Kind: OutcomeKind.Applied } => null,
            // It ended by itself meanwhile.
            _ => RequestErrors.UnknownSession,
        };
    }
}

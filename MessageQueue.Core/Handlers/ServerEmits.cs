using System.Diagnostics;
using System.Text;
using MessageQueue.Diagnostics;
using MessageQueue.Protocol;
using MessageQueue.Routing;
using MessageQueue.Sessions;
using MessageQueue.Sessions.Records;

namespace MessageQueue.Handlers;

/// <summary>Brings the server's own events to the log.</summary>
internal static class ServerEmits
{
    /// <summary>Sends one; completes with its number when it is durable. Where answers are wanted, they are waited for before any can come.</summary>
    public static async Task<long> SendAsync(ServerEmit emit, PendingReply? reply, CancellationToken cancellationToken)
    {
        Hub hub = emit.Namespace.Hub;
        byte[] payload = Encode(emit, hub.Options, reply is not null);
        using Activity? activity = Telemetry.StartEmit(emit.Namespace.Name, emit.Name);
        Outcome outcome = await hub.Commands
            .SendAsync(emit.IsVolatile ? CommandKind.VolatileEmit : CommandKind.Emit, payload, Applied, cancellationToken).ConfigureAwait(false);

        // A volatile event in a namespace that nobody has ever been in reaches nobody, and that is all.
        return outcome.Kind == OutcomeKind.Applied || (emit.IsVolatile && !NamesSession(emit.To)) ? outcome.EventId : throw new UnknownSessionException();

        void Applied(Outcome applied)
        {
            if (reply is not null && applied is { Kind: OutcomeKind.Applied, Event: { } storedEvent })
            {
                hub.Replies.Begin(hub.Commands.Broker.Loop.State, storedEvent, reply);
            }
        }
    }

    private static byte[] Encode(in ServerEmit emit, MessageQueueOptions options, bool expectsReply)
    {
        ArgumentNullException.ThrowIfNull(emit.Name);
        if (!Names.IsValidEvent(emit.Name))
        {
            throw new ArgumentException($"'{emit.Name}' is no event's name: 1 to 128 characters.");
        }

        if (emit.Data.Length > options.MaxMessageBytes)
        {
            throw new ArgumentException($"The data is {emit.Data.Length} bytes of JSON; MaxMessageBytes allows {options.MaxMessageBytes}.");
        }

        return new EmitRecord
        {
            Namespace = Encoding.UTF8.GetBytes(emit.Namespace.Name),
            Event = Encoding.UTF8.GetBytes(emit.Name),
            Data = emit.Data.Span,
            To = emit.To,
            Except = emit.Except,
            TimeToLive = emit.TimeToLive,
            ExpectsReply = expectsReply,
            IsObserved = emit.Namespace.Observers.IsAttached,
        }.Encode();
    }

    private static bool NamesSession(ReadOnlyMemory<byte>[] to) => to.Any(target => target.Span is [(byte)Names.SessionTargetPrefix, ..]);
}

using System.Diagnostics;
using System.Text;
using MessageQueue.Commands;
using MessageQueue.Diagnostics;
using MessageQueue.Protocol;
using MessageQueue.State;
using MessageQueue.State.Records;

namespace MessageQueue.Handlers;

/// <summary>Brings the server's own events to the log.</summary>
internal static class ServerEmits
{
    /// <summary>
    /// Sends one; completes with its number when it is durable. Where answers are wanted, they are waited for before any can come.
    /// </summary>
    public static async Task<long> SendAsync(ServerEmit emit, PendingReply? reply, CancellationToken cancellationToken)
    {
        HandlerHost hub = emit.Namespace.HandlerHost;
        if (emit is { IsVolatile: true, Key: not null })
        {
            throw new InvalidOperationException("A volatile event is not stored, so that no repetition of it can be recognised; emit it without an id, or a stored one.");
        }

        byte[] payload = Encode(emit, hub, reply is not null);
        using Activity? activity = Telemetry.StartEmit(emit.Namespace.Name, emit.Name);
        Outcome outcome = await hub.Commands
            .SendAsync(emit.IsVolatile ? CommandKind.VolatileEmit : CommandKind.Emit, payload, Applied, cancellationToken).ConfigureAwait(false);

        // A volatile event in a namespace that nobody has ever been in reaches nobody, and that is all.
        return outcome.Kind is OutcomeKind.Applied or OutcomeKind.Duplicate || (emit.IsVolatile && !NamesSession(emit.To)) ? outcome.EventId : throw new UnknownSessionException();

        void Applied(Outcome applied)
        {
            if (reply is not null && applied is { Kind: OutcomeKind.Applied, Event: { } storedEvent })
            {
                hub.Replies.Begin(hub.Commands.Broker.State, storedEvent, reply);
            }
        }
    }

    private static byte[] Encode(in ServerEmit emit, HandlerHost hub, bool expectsReply)
    {
        ArgumentNullException.ThrowIfNull(emit.Name);
        if (!Names.IsValidEvent(emit.Name))
        {
            throw new ArgumentException($"'{emit.Name}' is no event's name: 1 to 128 characters.");
        }

        if (emit.Data.Length > hub.Options.MaxMessageBytes)
        {
            throw new ArgumentException($"The data is {emit.Data.Length} bytes of JSON; MaxMessageBytes allows {hub.Options.MaxMessageBytes}.");
        }

        // Keys are of the server whose handler runs; what is asked, or not stored, has none.
        HandlerRun? run = HandlerRun.Current?.Session.HandlerHost == hub && !emit.IsVolatile && !expectsReply ? HandlerRun.Current : null;
        string? key = emit.Key ?? run?.NextKey(emit);
        return new EmitRecord
        {
            Reference = key is null ? default : Encoding.UTF8.GetBytes(key),
            IsOwnKey = emit.Key is not null,
            Cause = key is null ? default : run?.Cause ?? default,
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

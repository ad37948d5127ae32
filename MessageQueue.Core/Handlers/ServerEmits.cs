using System.Diagnostics;
using System.Text;
using MessageQueue.Commands;
using MessageQueue.Diagnostics;
using MessageQueue.Protocol;
using MessageQueue.State;
using MessageQueue.State.Records;

namespace MessageQueue.Handlers;

/// <summary>Sends the events that the server itself emits to the log.</summary>
internal static class ServerEmits
{
    /// <summary>
    /// Sends an event. Completes with its number when it is durable. With <paramref name="reply"/>, answers are collected from the moment
    /// at which the event is applied, so none is missed.
    /// </summary>
    public static async Task<long> SendAsync(ServerEmit emit, PendingReply? reply, CancellationToken cancellationToken)
    {
        HandlerHost handlerHost = emit.Namespace.HandlerHost;
        if (emit is { IsVolatile: true, Key: not null })
        {
            throw new InvalidOperationException(
                "A volatile event is not stored, so its repetition cannot be recognised; emit it without an id, or emit a stored event.");
        }

        // Who is left out is decided when the event is emitted, as for its receivers; a member that joins the room later is not.
        long[] except = emit.ExceptRooms.Length == 0
            ? emit.Except
            : await new SessionSelection(emit.Namespace, emit.To, emit.Except, emit.ExceptRooms)
                .FindExceptionsAsync(cancellationToken).ConfigureAwait(false);
        using Activity? activity = Telemetry.StartEmit(emit.Namespace.Name, emit.Name);
        byte[] payload = Encode(emit, except, handlerHost, reply is not null, Telemetry.TraceOf(activity, HandlerRun.Current?.Trace));
        CommandKind kind = emit.IsVolatile ? CommandKind.VolatileEmit : CommandKind.Emit;
        Outcome outcome = await handlerHost.Commands.SendAsync(kind, payload, Applied, cancellationToken).ConfigureAwait(false);

        // A volatile event to a namespace without any sessions reaches nobody, which is not an error.
        return outcome.Kind is OutcomeKind.Applied or OutcomeKind.Duplicate || (emit.IsVolatile && !NamesSession(emit.To))
            ? outcome.EventId
            : throw new UnknownSessionException();

        void Applied(Outcome applied)
        {
            if (reply is not null && applied.IsEvent)
            {
                handlerHost.Replies.Begin(handlerHost.Commands.Broker.State, applied.EventId, except, reply);
            }
        }
    }

    private static byte[] Encode(in ServerEmit emit, long[] except, HandlerHost handlerHost, bool expectsReply, string? trace)
    {
        ArgumentNullException.ThrowIfNull(emit.Name);
        if (!Names.IsValidEvent(emit.Name))
        {
            throw new ArgumentException($"'{emit.Name}' is no name of an event; use 1 to 128 characters.");
        }

        if (emit.Data.Json.Length > handlerHost.Options.MaxMessageBytes)
        {
            throw new ArgumentException(
                $"The data is {emit.Data.Json.Length} bytes of JSON; MaxMessageBytes allows {handlerHost.Options.MaxMessageBytes}.");
        }

        // Keys belong to the server whose handler runs. Volatile events and events that ask for answers get none.
        bool hasKeys = HandlerRun.Current?.Session.HandlerHost == handlerHost && !emit.IsVolatile && !expectsReply;
        HandlerRun? run = hasKeys ? HandlerRun.Current : null;
        string? key = emit.Key ?? run?.NextKey(emit);
        return new EmitRecord
        {
            Reference = key is null ? default : Encoding.UTF8.GetBytes(key),
            IsOwnKey = emit.Key is not null,
            Cause = key is null ? default : run?.Cause ?? default,
            Namespace = Encoding.UTF8.GetBytes(emit.Namespace.Name),
            SenderId = 0,
            From = default,
            Event = Encoding.UTF8.GetBytes(emit.Name),
            Data = emit.Data.Json.Span,
            HasSeveralArguments = emit.Data.HasSeveralArguments,
            To = emit.To,
            Except = except,
            TimeToLive = emit.TimeToLive,
            ExpectsReply = expectsReply,
            IsObserved = emit.Namespace.Observers.IsAttached,
            User = default,
            IsUserLeftOut = false,
            Trace = trace is null ? default : Encoding.UTF8.GetBytes(trace),
        }.Encode();
    }

    private static bool NamesSession(ReadOnlyMemory<byte>[] to) => to.Any(target => target.Span is [(byte)Names.SessionTargetPrefix, ..]);
}

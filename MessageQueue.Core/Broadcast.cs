using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using MessageQueue.Commands;
using MessageQueue.Handlers;
using MessageQueue.Protocol;
using MessageQueue.Protocol.Parsing;

namespace MessageQueue;

/// <summary>
/// Some sessions of a namespace to emit to. Immutable: each member that narrows it returns a new one, so one can be kept and shared.
/// </summary>
public sealed class Broadcast : Emitter
{
    private static readonly ReadOnlyMemory<byte>[] Everyone = ["*"u8.ToArray()];

    private readonly Namespace _namespace;
    private readonly ReadOnlyMemory<byte>[] _to;
    private readonly long[] _except;
    private readonly ReadOnlyMemory<byte>[] _exceptRooms;
    private readonly bool _isVolatile;
    private readonly long _timeToLive;
    private readonly string? _key;

    internal Broadcast(Namespace ns)
        : this(ns, [], [], [], isVolatile: false, timeToLive: 0, key: null)
    {
    }

    private Broadcast(
        Namespace ns, ReadOnlyMemory<byte>[] to, long[] except, ReadOnlyMemory<byte>[] exceptRooms, bool isVolatile, long timeToLive,
        string? key)
    {
        _namespace = ns;
        _to = to;
        _except = except;
        _exceptRooms = exceptRooms;
        _isVolatile = isVolatile;
        _timeToLive = timeToLive;
        _key = key;
    }

    internal override HandlerHost HandlerHost => _namespace.HandlerHost;

    internal override Broadcast Target => this;

    /// <summary>
    /// Emits an event that asks each of its receivers, connected or not, for an answer. Waits for all answers, but not longer than
    /// <paramref name="timeout"/>. The event is stored and acknowledged like any other; after the timeout it is no longer delivered, unless
    /// <see cref="Emitter.Ttl"/> says otherwise.
    /// </summary>
    /// <param name="eventName">1 to 128 characters.</param>
    /// <param name="data">The data, written by its own type; null for no data; <see cref="Arguments"/> for several.</param>
    /// <param name="timeout">How long to wait; <see cref="Timeout.InfiniteTimeSpan"/> waits until all have answered.</param>
    /// <param name="cancellationToken">Stops the waiting; an event that was stored stays stored.</param>
    /// <typeparam name="TAnswer">The type that answers are read as; an answer that cannot be read counts as missing. It is the first value,
    /// if a client answered with several; <see cref="ReceivedArguments"/> is all of them.</typeparam>
    /// <exception cref="InvalidOperationException">The broadcast is volatile, so it may not reach anybody; or it has an id.</exception>
    /// <inheritdoc cref="Emitter.EmitJsonAsync" path="/exception" />
    public async Task<Answers<TAnswer>> EmitWithAckAsync<TAnswer>(
        string eventName, object? data, TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        EventData asked = HandlerHost.Json.WriteObject(data);
        (long number, PendingReply reply) = await AskAsync(eventName, asked, timeout, cancellationToken).ConfigureAwait(false);
        return Collect(number, reply, answer => HandlerHost.Json.Read<TAnswer>(answer));
    }

    /// <inheritdoc cref="EmitWithAckAsync{TAnswer}(string, object?, TimeSpan, CancellationToken)" />
    public async Task<Answers<TAnswer>> EmitWithAckAsync<TData, TAnswer>(
        string eventName, TData data, JsonTypeInfo<TData> dataInfo, JsonTypeInfo<TAnswer> answerInfo, TimeSpan timeout,
        CancellationToken cancellationToken = default)
    {
        EventData asked = Json.Write(data, dataInfo);
        (long number, PendingReply reply) = await AskAsync(eventName, asked, timeout, cancellationToken).ConfigureAwait(false);
        return Collect(number, reply, answer => Json.Read(answer, answerInfo));
    }

    /// <summary>Returns the sessions, connected or not, each once and in no particular order.</summary>
    /// <remarks>
    /// This and the other members for sessions look only at rooms and exceptions, not at <see cref="Emitter.Volatile"/>,
    /// <see cref="Emitter.Ttl"/> or <see cref="Emitter.Id"/>. They concern the sessions that belong to the broadcast at the moment of the
    /// call.
    /// </remarks>
    /// <exception cref="ServerStoppedException">The server is not running.</exception>
    public async Task<IReadOnlyList<Session>> SessionsAsync(CancellationToken cancellationToken = default) =>
        await Selection().FindAsync(cancellationToken).ConfigureAwait(false);

    /// <summary>
    /// The sessions join a room, durably, connected or not, without asking <see cref="MessageQueueOptions.AuthorizeJoin"/>. Completes when
    /// all joins are stored. A cancelled call, or one that throws, may have been done for some of them; repeating it does no harm.
    /// </summary>
    /// <param name="room">1 to 128 characters; not <c>*</c>, and not beginning with <c>@</c>.</param>
    /// <param name="cancellationToken">Stops before the next part of the sessions.</param>
    /// <returns>The number of sessions that are in the room now because of it or were before.</returns>
    /// <exception cref="ArgumentException">The name is not a room's.</exception>
    /// <exception cref="MessageQueueException">Some would be in more rooms than <see cref="MessageQueueOptions.MaxRoomsPerSession"/>; all
    /// others have joined.</exception>
    /// <exception cref="ServerStoppedException">The server is not running, or stopped meanwhile.</exception>
    public async Task<int> JoinAsync(string room, CancellationToken cancellationToken = default)
    {
        int limit = HandlerHost.Options.MaxRoomsPerSession;
        Session.CheckRoom(room);
        (int done, int refused) = await Selection().MoveAsync(CommandKind.Join, room, limit, cancellationToken).ConfigureAwait(false);
        return refused == 0
            ? done
            : throw new MessageQueueException(
                $"{refused} of {done + refused} sessions are already in {limit} rooms, as many as MaxRoomsPerSession allows; the others "
                + "have joined.");
    }

    /// <summary>
    /// The sessions leave a room, durably, connected or not. Events from the room that are pending for them stay pending. Completes when
    /// all leaves are stored. A cancelled call, or one that throws, may have been done for some of them; repeating it does no harm.
    /// </summary>
    /// <param name="room">1 to 128 characters; not <c>*</c>, and not beginning with <c>@</c>.</param>
    /// <param name="cancellationToken">Stops before the next part of the sessions.</param>
    /// <returns>The number of sessions that are not in the room now.</returns>
    /// <exception cref="ArgumentException">The name is not a room's.</exception>
    /// <exception cref="MessageQueueException">Some would have left more rooms with pending events than
    /// <see cref="MessageQueueOptions.MaxLeftRoomsPerSession"/> allows; all others have left.</exception>
    /// <exception cref="ServerStoppedException">The server is not running, or stopped meanwhile.</exception>
    public async Task<int> LeaveAsync(string room, CancellationToken cancellationToken = default)
    {
        int limit = HandlerHost.Options.MaxLeftRoomsPerSession;
        Session.CheckRoom(room);
        (int done, int refused) = await Selection().MoveAsync(CommandKind.Leave, room, limit, cancellationToken).ConfigureAwait(false);
        return refused == 0
            ? done
            : throw new MessageQueueException(
                $"{refused} of {done + refused} sessions have left {limit} rooms whose events they have not acknowledged, as many as "
                + "MaxLeftRoomsPerSession allows; the others have left.");
    }

    /// <summary>
    /// Closes the connections of the sessions with 1008, after which a client does not connect again by itself. The sessions stay.
    /// </summary>
    /// <returns>The number of connections.</returns>
    /// <exception cref="ServerStoppedException">The server is not running.</exception>
    public Task<int> DisconnectAsync(CancellationToken cancellationToken = default) => Selection().DisconnectAsync(cancellationToken);

    internal Broadcast AddTargets(ReadOnlySpan<string> rooms) =>
        new(_namespace, [.. _to, .. Targets(rooms)], _except, _exceptRooms, _isVolatile, _timeToLive, _key);

    internal Broadcast AddExceptRooms(ReadOnlySpan<string> rooms) =>
        new(_namespace, _to, _except, [.. _exceptRooms, .. Targets(rooms)], _isVolatile, _timeToLive, _key);

    internal Broadcast ToSession(Session session) =>
        new(
            _namespace, [Encoding.UTF8.GetBytes(Names.SessionTargetPrefix + session.Address)], _except, _exceptRooms, _isVolatile,
            _timeToLive, _key);

    internal Broadcast AddExceptions(ReadOnlySpan<Session> sessions)
    {
        long[] added = new long[sessions.Length];
        for (int i = 0; i < sessions.Length; i++)
        {
            ArgumentNullException.ThrowIfNull(sessions[i], nameof(sessions));
            added[i] = sessions[i].StateId;
        }

        return new Broadcast(_namespace, _to, [.. _except, .. added], _exceptRooms, _isVolatile, _timeToLive, _key);
    }

    internal Broadcast AsVolatile() => new(_namespace, _to, _except, _exceptRooms, isVolatile: true, _timeToLive, _key);

    internal Broadcast WithTimeToLive(TimeSpan timeToLive)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(timeToLive, TimeSpan.FromMilliseconds(1));
        return new Broadcast(_namespace, _to, _except, _exceptRooms, _isVolatile, (long)timeToLive.TotalMilliseconds, _key);
    }

    internal Broadcast WithKey(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return Names.Check(key) == FieldState.Valid
            ? new Broadcast(_namespace, _to, _except, _exceptRooms, _isVolatile, _timeToLive, key)
            : throw new ArgumentException($"'{key}' is no key; use 1 to 128 characters.", nameof(key));
    }

    internal Task<long> SendAsync(string eventName, EventData data, CancellationToken cancellationToken) =>
        ServerEmits.SendAsync(Emit(eventName, data), null, cancellationToken);

    /// <summary>Emits an event that asks for answers. Waits until all have answered or the time is over.</summary>
    internal async Task<(long Number, PendingReply Reply)> AskAsync(
        string eventName, EventData data, TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (_isVolatile)
        {
            throw new InvalidOperationException("A volatile event cannot ask for answers, because it may not arrive; emit a stored one.");
        }

        if (_key is not null)
        {
            throw new InvalidOperationException(
                "An event that asks for answers cannot have an id, because who answered the first one is not kept; emit it without an id.");
        }

        PendingReply reply = new();
        // An answer after the timeout reaches nobody, so the event is not worth delivering then.
        bool expires = _timeToLive == 0 && timeout >= TimeSpan.FromMilliseconds(1);
        ServerEmit emit = (expires ? WithTimeToLive(timeout) : this).Emit(eventName, data);
        long number = await ServerEmits.SendAsync(emit, reply, cancellationToken).ConfigureAwait(false);
        try
        {
            await reply.Complete.WaitAsync(timeout, HandlerHost.Options.TimeProvider, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // Not an error: the result lists the sessions that did not answer.
        }
        finally
        {
            HandlerHost.Replies.End(number);
        }

        return (number, reply);
    }

    private static ReadOnlyMemory<byte>[] Targets(ReadOnlySpan<string> rooms)
    {
        if (rooms.IsEmpty)
        {
            throw new ArgumentException("Name at least one room.", nameof(rooms));
        }

        ReadOnlyMemory<byte>[] targets = new ReadOnlyMemory<byte>[rooms.Length];
        for (int i = 0; i < rooms.Length; i++)
        {
            ArgumentNullException.ThrowIfNull(rooms[i], nameof(rooms));
            targets[i] = Names.IsValidTarget(rooms[i])
                ? Encoding.UTF8.GetBytes(rooms[i])
                : throw new ArgumentException($"'{rooms[i]}' is no room; use a name of 1 to 128 characters.", nameof(rooms));
        }

        return targets;
    }

    private SessionSelection Selection() => new(_namespace, _to, _except, _exceptRooms);

    private ServerEmit Emit(string eventName, EventData data) => new(_namespace, eventName, data)
    {
        To = _to.Length == 0 ? Everyone : _to,
        Except = _except,
        ExceptRooms = _exceptRooms,
        IsVolatile = _isVolatile,
        TimeToLive = _timeToLive,
        Key = _key,
    };

    private static Answers<TAnswer> Collect<TAnswer>(long number, PendingReply reply, Func<EventData, TAnswer?> read)
    {
        (List<(Session Session, EventData Data)> received, List<Session> missing) = reply.Take();
        List<Answer<TAnswer>> answers = [];
        foreach ((Session session, EventData data) in received)
        {
            try
            {
                answers.Add(new Answer<TAnswer>(session, read(data)!));
            }
            catch (JsonException)
            {
                missing.Add(session);
            }
        }

        return new Answers<TAnswer>(number, answers, missing);
    }
}

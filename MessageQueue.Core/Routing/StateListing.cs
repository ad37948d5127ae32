using System.Globalization;
using MessageQueue.Sessions;

namespace MessageQueue.Routing;

/// <summary>
/// Lists sessions and rooms, page by page. The apply loop does the least of it and in small turns, between which it does all else: copying references (0.1 ms for
/// 100,000 of them, once per page) and looking at some of them at a time. Choosing and sorting are done beside it. Thread-safe.
/// </summary>
#pragma warning disable CA1001 // Nobody waits for the semaphore's handle, and without one there is nothing to free.
internal sealed class StateListing(Broker broker, TimeProvider timeProvider)
#pragma warning restore CA1001
{
    /// <summary>Up to here what a session is owed is counted exactly, as in its <c>welcome</c>.</summary>
    public const int CountedUpTo = 100_000;

    /// <summary>How many rooms of a session are named.</summary>
    public const int NamedRooms = 10;

    // What one turn of the apply loop does at most; the last session of a turn may be owed up to CountedUpTo.
    private const int RowsPerTurn = 64;
    private const int EventsPerTurn = 10_000;

    // One question at a time, whoever asks: however many ask, deliveries wait for no more than a turn.
    private readonly SemaphoreSlim _asking = new(1);

    /// <summary>Sessions in the order in which they were made.</summary>
    /// <param name="ns">The namespace; null for all.</param>
    /// <param name="after">The id of the last one that is known already; 0 to begin.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<Page<SessionRow>> ListSessionsAsync(string? ns, long after, int limit, CancellationToken cancellationToken)
    {
        await _asking.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            SessionState[] all = await broker.AskAsync(state =>
                ns is null ? state.Sessions.Values.ToArray() : state.Namespaces.GetValueOrDefault(ns)?.Sessions.Values.ToArray() ?? []).ConfigureAwait(false);
            SessionState[] chosen = [.. all.Where(session => session.Id > after).OrderBy(session => session.Id).Take(limit + 1)];
            List<SessionRow> rows = [];
            int end = Math.Min(chosen.Length, limit);
            for (int next = 0; next < end;)
            {
                cancellationToken.ThrowIfCancellationRequested();
                next = await broker.AskAsync(_ => Describe(chosen.AsSpan(0, end), next, rows)).ConfigureAwait(false);
            }

            return new Page<SessionRow>(rows, all.Length, chosen.Length <= limit ? null : chosen[end - 1].Id.ToString(CultureInfo.InvariantCulture));
        }
        finally
        {
            _asking.Release();
        }
    }

    /// <summary>Rooms in the ordinal order of namespace and name.</summary>
    /// <param name="ns">The namespace; null for all.</param>
    /// <param name="after">The last one that is known already; null to begin.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<Page<RoomRow>> ListRoomsAsync(string? ns, (string Namespace, string Room)? after, int limit, CancellationToken cancellationToken)
    {
        await _asking.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            List<(string Namespace, Room[] Rooms)> all = await broker.AskAsync(state => CopyRooms(state, ns)).ConfigureAwait(false);
            (string Namespace, Room Room)[] chosen =
            [
                .. all.SelectMany(entry => entry.Rooms.Select(room => (entry.Namespace, room)))
                    .Where(entry => after is not { } known || Compare((entry.Namespace, entry.room.Name), known) > 0)
                    .Order(Comparer<(string Namespace, Room Room)>.Create((x, y) => Compare((x.Namespace, x.Room.Name), (y.Namespace, y.Room.Name))))
                    .Take(limit + 1),
            ];
            List<RoomRow> rows = [];
            int end = Math.Min(chosen.Length, limit);
            for (int next = 0; next < end; next += RowsPerTurn)
            {
                cancellationToken.ThrowIfCancellationRequested();
                ArraySegment<(string Namespace, Room Room)> turn = new(chosen, next, Math.Min(RowsPerTurn, end - next));
                rows.AddRange(await broker.AskAsync(_ => Describe(turn)).ConfigureAwait(false));
            }

            string? more = chosen.Length <= limit ? null : RoomCursor.Format(chosen[end - 1].Namespace, chosen[end - 1].Room.Name);
            return new Page<RoomRow>(rows, all.Sum(entry => entry.Rooms.Length), more);
        }
        finally
        {
            _asking.Release();
        }
    }

    /// <summary>Describes some sessions from an index on, and returns where the next turn begins. On the apply loop.</summary>
    internal int Describe(ReadOnlySpan<SessionState> sessions, int next, List<SessionRow> rows)
    {
        int end = Math.Min(sessions.Length, next + RowsPerTurn);
        for (long counted = 0; next < end && counted < EventsPerTurn; next++)
        {
            if (sessions[next] is { IsEnded: false } session)
            {
                SessionRow row = Describe(session);
                rows.Add(row);
                counted += row.Owed;
            }
        }

        return next;
    }

    private SessionRow Describe(SessionState session)
    {
        int owed = broker.Loop.Delivery.CountOwed(session, CountedUpTo + 1);
        int connections = session.Subscription?.Consumers.Count ?? 0;
        long now = timeProvider.GetUtcNow().ToUnixTimeMilliseconds();
        string[] rooms =
        [
            .. session.Memberships.Where(membership => membership.IsOpen && membership.Room != session.Inbox && membership.Room != session.Namespace.Everyone)
                .Select(membership => membership.Room.Name).Take(NamedRooms),
        ];
        return new SessionRow(
            session.Id, session.Namespace.Name, session.Address, rooms, session.RoomCount, Math.Min(owed, CountedUpTo), owed > CountedUpTo,
            connections, connections > 0 ? now : session.LastSeen);
    }

    private static List<RoomRow> Describe(ArraySegment<(string Namespace, Room Room)> rooms) =>
        [.. rooms.Select(entry => new RoomRow(entry.Namespace, entry.Room.Name, entry.Room.Members, entry.Room.Sequences.Count))];

    private static List<(string Namespace, Room[] Rooms)> CopyRooms(ServerState state, string? ns)
    {
        IEnumerable<NamespaceState> namespaces = ns is null ? state.Namespaces.Values : state.Namespaces.TryGetValue(ns, out NamespaceState? one) ? [one] : [];
        return [.. namespaces.Select(entry => (entry.Name, (Room[])[entry.Everyone, .. entry.Rooms.Values]))];
    }

    private static int Compare((string Namespace, string Room) x, (string Namespace, string Room) y)
    {
        int order = string.CompareOrdinal(x.Namespace, y.Namespace);
        return order != 0 ? order : string.CompareOrdinal(x.Room, y.Room);
    }
}

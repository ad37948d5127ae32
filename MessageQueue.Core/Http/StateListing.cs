using System.Globalization;
using MessageQueue.Delivery;
using MessageQueue.Pipeline;
using MessageQueue.State;
using MessageQueue.Storage;

namespace MessageQueue.Http;

/// <summary>
/// Lists sessions and rooms, page by page. The apply loop does the least of it and in small turns, between which it does all else: copying
/// references, once per listing (2 to 4 ms for 100,000 of them, measured), and looking at some of them at a time. Sorting is done beside
/// the loop. Thread-safe.
/// </summary>
#pragma warning disable CA1001 // Nobody waits for the semaphore's handle, and without one there is nothing to free.
internal sealed class StateListing(Broker broker, TimeProvider timeProvider)
#pragma warning restore CA1001
{
    /// <summary>Up to here what a session is owed is counted exactly, as in its <c>welcome</c>.</summary>
    public const int CountedUpTo = 100_000;

    /// <summary>How many rooms of a session are named.</summary>
    public const int NamedRooms = 10;

    // What one turn of the apply loop does at most. Only what has to be looked at to be counted is counted here; of the last session of a
    // turn that may be up to CountedUpTo.
    private const int RowsPerTurn = 64;
    private const int StepsPerTurn = 10_000;

    // One question at a time, whoever asks: however many ask, deliveries wait for no more than a turn.
    private readonly SemaphoreSlim _asking = new(1);

    // The listing that was begun last, sorted, until its last page: the pages that follow the first need no copy.
    private SessionState[]? _sessions;
    private string? _sessionsOf;
    private (string Namespace, Room Room)[]? _rooms;
    private string? _roomsOf;

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
            if (after == 0 || _sessions is null || _sessionsOf != ns)
            {
                (_sessions, _sessionsOf) = (await CopySessionsAsync(ns).ConfigureAwait(false), ns);
            }

            SessionState[] all = _sessions;
            int first = SortedSearch.CountWhile<SessionState>(all, session => session.Id <= after);
            int end = Math.Min(all.Length, first + limit);
            List<SessionRow> rows = [];
            for (int next = first; next < end;)
            {
                next = await broker.AskAsync(_ => Describe(all.AsSpan(0, end), next, rows), cancellationToken).ConfigureAwait(false);
            }

            if (end < all.Length)
            {
                return new Page<SessionRow>(rows, all.Length, all[end - 1].Id.ToString(CultureInfo.InvariantCulture));
            }

            _sessions = null;
            return new Page<SessionRow>(rows, all.Length, null);
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
    public async Task<Page<RoomRow>> ListRoomsAsync(
        string? ns, (string Namespace, string Room)? after, int limit, CancellationToken cancellationToken)
    {
        await _asking.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (after is null || _rooms is null || _roomsOf != ns)
            {
                (_rooms, _roomsOf) = (await CopyRoomsAsync(ns).ConfigureAwait(false), ns);
            }

            (string Namespace, Room Room)[] all = _rooms;
            int first = after is { } known
                ? SortedSearch.CountWhile<(string Namespace, Room Room)>(all, entry => Compare((entry.Namespace, entry.Room.Name), known) <= 0)
                : 0;
            int end = Math.Min(all.Length, first + limit);
            List<RoomRow> rows = [];
            for (int next = first; next < end; next += RowsPerTurn)
            {
                ArraySegment<(string Namespace, Room Room)> turn = new(all, next, Math.Min(RowsPerTurn, end - next));
                rows.AddRange(await broker.AskAsync(_ => Describe(turn), cancellationToken).ConfigureAwait(false));
            }

            if (end < all.Length)
            {
                return new Page<RoomRow>(rows, all.Length, RoomCursor.Format(all[end - 1].Namespace, all[end - 1].Room.Name));
            }

            _rooms = null;
            return new Page<RoomRow>(rows, all.Length, null);
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
        FanOut delivery = broker.FanOut;
        for (long before = delivery.CountingSteps; next < end && delivery.CountingSteps - before < StepsPerTurn; next++)
        {
            if (sessions[next] is { IsEnded: false } session)
            {
                rows.Add(Describe(session));
            }
        }

        return next;
    }

    private SessionRow Describe(SessionState session)
    {
        int owed = broker.FanOut.CountPending(session, CountedUpTo + 1);
        int connections = broker.FanOut.ConnectionsOf(session).Count;
        long now = timeProvider.GetUtcNow().ToUnixTimeMilliseconds();
        string[] rooms =
        [
            .. session.Memberships.Where(membership => membership.Room != session.Inbox && membership.Room != session.Namespace.Everyone)
                .Select(membership => membership.Room.Name).Take(NamedRooms),
        ];
        return new SessionRow(
            session.Id, session.Namespace.Name, session.Address, rooms, session.RoomCount, Math.Min(owed, CountedUpTo), owed > CountedUpTo,
            connections, connections > 0 ? now : session.LastSeen);
    }

    // What is gone since the copy has nobody in it, and holds nothing.
    private static List<RoomRow> Describe(ArraySegment<(string Namespace, Room Room)> rooms) =>
    [
        .. rooms.Where(entry => entry.Room.MemberCount > 0 || entry.Room.Sequences.Count > 0)
            .Select(entry => new RoomRow(entry.Namespace, entry.Room.Name, entry.Room.MemberCount, entry.Room.Sequences.Count)),
    ];

    private async Task<SessionState[]> CopySessionsAsync(string? ns)
    {
        SessionState[] copy = await broker.AskAsync(state =>
            ns is null ? state.Roster.ToArray() : state.Namespaces.GetValueOrDefault(ns)?.Sessions.Values.ToArray() ?? []).ConfigureAwait(false);
        SessionState[] listed = [.. copy.Where(static session => !session.IsServersOwn)];
        Array.Sort(listed, static (x, y) => x.Id.CompareTo(y.Id));
        return listed;
    }

    private async Task<(string Namespace, Room Room)[]> CopyRoomsAsync(string? ns)
    {
        List<(string Namespace, Room[] Rooms)> copy = await broker.AskAsync(state =>
        {
            IEnumerable<NamespaceState> namespaces = ns is null ? state.Namespaces.Values
                : state.Namespaces.TryGetValue(ns, out NamespaceState? one) ? [one] : [];
            return namespaces.Select(entry => (entry.Name, (Room[])[entry.Everyone, .. entry.Rooms.Values])).ToList();
        }).ConfigureAwait(false);
        (string Namespace, Room Room)[] sorted = [.. copy.SelectMany(entry => entry.Rooms.Select(room => (entry.Namespace, room)))];
        Array.Sort(sorted, static (x, y) => Compare((x.Namespace, x.Room.Name), (y.Namespace, y.Room.Name)));
        return sorted;
    }

    private static int Compare((string Namespace, string Room) x, (string Namespace, string Room) y)
    {
        int order = string.CompareOrdinal(x.Namespace, y.Namespace);
        return order != 0 ? order : string.CompareOrdinal(x.Room, y.Room);
    }
}

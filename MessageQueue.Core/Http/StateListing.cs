using System.Globalization;
using MessageQueue.Delivery;
using MessageQueue.Pipeline;
using MessageQueue.State;
using MessageQueue.Storage;

namespace MessageQueue.Http;

/// <summary>
/// Lists sessions and rooms, page by page. The apply loop does only a small part of the work, in short turns between its other work: it
/// copies references once per listing (measured: 2 to 4 ms for 100,000 of them), and describes a few of them at a time. Sorting runs
/// outside the loop. Thread-safe.
/// </summary>
#pragma warning disable CA1001 // The semaphore's wait handle is never used, so there is nothing to free.
internal sealed class StateListing(Broker broker, TimeProvider timeProvider)
#pragma warning restore CA1001
{
    /// <summary>The number up to which the pending events of a session are counted exactly, as in its <c>welcome</c>.</summary>
    public const int CountedUpTo = 100_000;

    /// <summary>The number of rooms of a session that are named.</summary>
    public const int NamedRooms = 10;

    // The limits of one turn of the apply loop. A step is one event that is looked at while counting. The last session of a turn is always
    // counted to its end, which may take up to CountedUpTo steps more.
    private const int RowsPerTurn = 64;
    private const int StepsPerTurn = 10_000;

    // One listing at a time: however many clients ask, deliveries wait for one turn at most.
    private readonly SemaphoreSlim _asking = new(1);

    // The latest listing, sorted. It is kept until its last page, so that only the first page needs a copy.
    private SessionState[]? _sessions;
    private string? _sessionsOf;
    private (string Namespace, Room Room)[]? _rooms;
    private string? _roomsOf;

    /// <summary>Lists sessions in the order in which they were created.</summary>
    /// <param name="ns">The namespace; null for all.</param>
    /// <param name="after">The id of the last session of the previous page; 0 for the first page.</param>
    /// <param name="limit">The largest number of rows.</param>
    /// <param name="cancellationToken">Cancels the listing.</param>
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

            rows = await AddAgesAsync(rows, cancellationToken).ConfigureAwait(false);

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

    /// <summary>Lists rooms in the ordinal order of namespace and name.</summary>
    /// <param name="ns">The namespace; null for all.</param>
    /// <param name="after">The last room of the previous page; null for the first page.</param>
    /// <param name="limit">The largest number of rows.</param>
    /// <param name="cancellationToken">Cancels the listing.</param>
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
                ? SortedSearch.CountWhile<(string Namespace, Room Room)>(
                    all, entry => Compare((entry.Namespace, entry.Room.Name), known) <= 0)
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

    /// <summary>
    /// Describes the sessions of one turn, from an index on. Returns the index at which the next turn begins. Called by the apply loop.
    /// </summary>
    internal int Describe(ReadOnlySpan<SessionState> sessions, int next, List<SessionRow> rows)
    {
        int end = Math.Min(sessions.Length, next + RowsPerTurn);
        FanOut fanOut = broker.FanOut;
        for (long before = fanOut.CountingSteps; next < end && fanOut.CountingSteps - before < StepsPerTurn; next++)
        {
            if (sessions[next] is { IsEnded: false } session)
            {
                rows.Add(Describe(session));
            }
        }

        return next;
    }

    /// <summary>Adds how old the oldest pending events are.</summary>
    public async Task<List<SessionRow>> AddAgesAsync(List<SessionRow> rows, CancellationToken cancellationToken)
    {
        // Many sessions mostly wait for the same few events, and recent ones are in the cache.
        EventHistory.Entry[] oldest = [.. rows.Select(static row => row.OldestOwed).Where(static entry => entry.Sequence > 0).Distinct()];
        Dictionary<long, long> times = await broker.History.ReadTimesAsync(oldest, cancellationToken).ConfigureAwait(false);
        long now = Now();
        return
        [
            .. rows.Select(row => times.TryGetValue(row.OldestOwed.Sequence, out long stored)
                ? row with { OldestOwedAge = Math.Max(0, now - stored) }
                : row),
        ];
    }

    private long Now() => timeProvider.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Describes one session. Called by the apply loop.</summary>
    public SessionRow Describe(SessionState session)
    {
        int pending = broker.FanOut.CountPending(session, CountedUpTo + 1);
        int connections = broker.FanOut.ConnectionsOf(session).Count;
        long now = Now();
        long oldest = pending > 0 ? broker.Owed.Oldest(session, now) : 0;
        string[] rooms =
        [
            .. session.Memberships
                .Where(membership => membership.Room != session.Inbox && membership.Room != session.Namespace.Everyone)
                .Select(membership => membership.Room.Name).Take(NamedRooms),
        ];
        return new SessionRow(
            session.Id, session.Namespace.Name, session.Address, rooms, session.RoomCount, Math.Min(pending, CountedUpTo),
            pending > CountedUpTo, connections, connections > 0 ? now : session.LastSeen)
        {
            InFlight = broker.Owed.InFlight(session),
            LastAcknowledged = broker.Owed.LastAcknowledged(session),
            AcknowledgedUpTo = broker.Owed.AcknowledgedUpTo(session),
            OldestOwed = oldest > 0 ? broker.History.EntryOf(oldest) : default,
        };
    }

    // A room that was removed after the copy has no sessions and no events. It is left out.
    private List<RoomRow> Describe(ArraySegment<(string Namespace, Room Room)> rooms) =>
    [
        .. rooms.Where(entry => entry.Room.MemberCount > 0 || entry.Room.Sequences.Count > 0)
            .Select(entry => new RoomRow(
                entry.Namespace, entry.Room.Name, entry.Room.MemberCount,
                broker.Presence.ConnectedIn(entry.Namespace, entry.Room.Name).Length, entry.Room.Sequences.Count)),
    ];

    private async Task<SessionState[]> CopySessionsAsync(string? ns)
    {
        SessionState[] copy = await broker.AskAsync(state =>
            ns is null
                ? state.Roster.ToArray()
                : state.Namespaces.GetValueOrDefault(ns)?.Sessions.Values.ToArray() ?? []).ConfigureAwait(false);
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

using System.Text;
using MessageQueue.Commands;
using MessageQueue.Delivery;
using MessageQueue.Protocol;
using MessageQueue.State;
using MessageQueue.State.Records;

namespace MessageQueue.Handlers;

/// <summary>
/// Finds the sessions that a broadcast is for, and changes them. The apply loop does only a small part of the work, in short turns between
/// its other work, as for a listing: it copies references once per room, and then deals with a few sessions at a time.
/// </summary>
/// <param name="ns">The namespace.</param>
/// <param name="to">Rooms and sessions; empty for all.</param>
/// <param name="except">The ids of sessions that are left out.</param>
/// <param name="exceptRooms">Rooms and sessions that are left out.</param>
internal sealed class SessionSelection(
    Namespace ns, ReadOnlyMemory<byte>[] to, long[] except, ReadOnlyMemory<byte>[] exceptRooms)
{
    /// <summary>The largest number of sessions that one event can leave out; what a record can hold.</summary>
    public const int MaxExceptions = ushort.MaxValue;

    private const int SessionsPerTurn = 64;
    private const int CommandsAtOnce = 256;

    private static readonly ReadOnlyMemory<byte>[] Everyone = [Encoding.UTF8.GetBytes(Names.Everyone)];

    private ServerCommands Commands => ns.HandlerHost.Commands;

    /// <summary>Returns the sessions, each once.</summary>
    public async Task<List<Session>> FindAsync(CancellationToken cancellationToken)
    {
        List<SessionState> states = await FindStatesAsync(cancellationToken).ConfigureAwait(false);
        List<Session> sessions = new(states.Count);
        await InTurnsAsync(
            states, state => sessions.Add(ns.HandlerHost.SessionOf(state)), cancellationToken).ConfigureAwait(false);
        return sessions;
    }

    /// <summary>Returns the ids of the sessions that an event leaves out, sorted.</summary>
    /// <exception cref="ArgumentException">They are more than <see cref="MaxExceptions"/>.</exception>
    public async Task<long[]> FindExceptionsAsync(CancellationToken cancellationToken)
    {
        HashSet<long> left = await FindLeftOutAsync(cancellationToken).ConfigureAwait(false);
        return left.Count <= MaxExceptions
            ? Exclusions.Sort([.. left])
            : throw new ArgumentException(
                $"The event leaves out {left.Count} sessions; at most {MaxExceptions} are possible. Emit to a room of those that get it.");
    }

    /// <summary>Makes each session join or leave a room. Returns for how many that was stored, and how many may not.</summary>
    public async Task<(int Done, int Refused)> MoveAsync(CommandKind kind, string room, int limit, CancellationToken cancellationToken)
    {
        List<SessionState> states = await FindStatesAsync(cancellationToken).ConfigureAwait(false);
        int done = 0;
        int refused = 0;
        foreach (SessionState[] some in states.Chunk(CommandsAtOnce))
        {
            Outcome[] outcomes = await Task.WhenAll(some.Select(
                state => Commands.SendAsync(kind, new RoomRecord(state.Id, limit, room).Encode(), null, cancellationToken)))
                .ConfigureAwait(false);
            done += outcomes.Count(outcome => outcome.Kind is OutcomeKind.Applied);
            refused += outcomes.Count(outcome => outcome.Kind is OutcomeKind.TooManyRooms or OutcomeKind.TooManyLeftRooms);
        }

        return (done, refused);
    }

    /// <summary>Closes all connections of the sessions. Returns how many connections that were.</summary>
    public async Task<int> DisconnectAsync(CancellationToken cancellationToken)
    {
        int closed = 0;
        await InTurnsAsync(
            await FindStatesAsync(cancellationToken).ConfigureAwait(false),
            state =>
            {
                foreach (ConnectionWindow window in Commands.Broker.FanOut.ConnectionsOf(state))
                {
                    window.Connection.Close(CloseReason.DisconnectedByServer);
                    closed++;
                }
            },
            cancellationToken).ConfigureAwait(false);
        return closed;
    }

    private async Task<List<SessionState>> FindStatesAsync(CancellationToken cancellationToken)
    {
        HashSet<long> seen = await FindLeftOutAsync(cancellationToken).ConfigureAwait(false);
        List<SessionState> found = [];
        foreach (ReadOnlyMemory<byte> target in to.Length == 0 ? Everyone : to)
        {
            SessionState[] members = await CopyAsync(target, cancellationToken).ConfigureAwait(false);
            // The server's own sessions belong to its handlers and observers, and are not shown to the app.
            found.AddRange(members.Where(member => !member.IsServersOwn && seen.Add(member.Id)));
        }

        return found;
    }

    private async Task<HashSet<long>> FindLeftOutAsync(CancellationToken cancellationToken)
    {
        HashSet<long> left = [.. except];
        foreach (ReadOnlyMemory<byte> target in exceptRooms)
        {
            left.UnionWith((await CopyAsync(target, cancellationToken).ConfigureAwait(false)).Select(member => member.Id));
        }

        return left;
    }

    private Task<SessionState[]> CopyAsync(ReadOnlyMemory<byte> target, CancellationToken cancellationToken) =>
        Commands.AskAsync(state => Copy(state.Namespaces.GetValueOrDefault(ns.Name), target.Span), cancellationToken);

    private static SessionState[] Copy(NamespaceState? state, ReadOnlySpan<byte> target)
    {
        if (target is [(byte)Names.SessionTargetPrefix, .. ReadOnlySpan<byte> address])
        {
            return state?.FindAddress(address) is { } session ? [session] : [];
        }

        ReadOnlySpan<Membership> members = state?.FindTarget(target) is { } room ? room.Members : [];
        SessionState[] copy = new SessionState[members.Length];
        for (int i = 0; i < copy.Length; i++)
        {
            copy[i] = members[i].Session;
        }

        return copy;
    }

    // Sessions that have ended since the copy are passed over.
    private async Task InTurnsAsync(List<SessionState> states, Action<SessionState> act, CancellationToken cancellationToken)
    {
        for (int next = 0; next < states.Count;)
        {
            next = await Commands.AskAsync(_ => TakeTurn(states, next, act), cancellationToken).ConfigureAwait(false);
        }
    }

    private static int TakeTurn(List<SessionState> states, int next, Action<SessionState> act)
    {
        int end = Math.Min(states.Count, next + SessionsPerTurn);
        for (; next < end; next++)
        {
            if (!states[next].IsEnded)
            {
                act(states[next]);
            }
        }

        return end;
    }
}

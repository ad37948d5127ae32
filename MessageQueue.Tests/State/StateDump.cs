using System.Globalization;
using System.Text;
using MessageQueue.State;
using MessageQueue.State.Keys;

namespace MessageQueue.Tests.State;

/// <summary>
/// Writes the state as text, in a fixed order: two states are equal if their texts are. It does not use the codec, so that a test
/// notices what the codec forgets.
/// </summary>
internal static class StateDump
{
    public static string Of(ServerState state)
    {
        StringBuilder text = new();
        Line(text, $"head {state.Head} time {state.Time} dropped {Join(state.Dropped.Items)}");
        Line(text, $"published {Join(state.Published.InOrder)}");
        if (state.Keys.Own.Count > 0)
        {
            Line(text, $"keys {Join(state.Keys.Own.InOrder)}");
        }

        foreach (NamespaceState ns in state.Namespaces.Values.OrderBy(ns => ns.Name, StringComparer.Ordinal))
        {
            Line(text, $"namespace {ns.Name} everyone {ns.Everyone.MemberCount}: {Join(ns.Everyone.Sequences)}");
            foreach ((long sequence, EventLimits limits) in ns.Limits.OrderBy(entry => entry.Key))
            {
                Line(text, $"  limits of {sequence}: {limits.Deadline} but {Join(limits.Except)}");
            }

            foreach (Room room in ns.Rooms.Values.OrderBy(room => room.Name, StringComparer.Ordinal))
            {
                int online = room.Members.ToArray().Count(member => member.Session.IsAttached);
                Line(text, $"  room {room.Name} members {room.MemberCount} online {online}: {Join(room.Sequences)}");
            }

            foreach (SessionState session in ns.Sessions.Values.OrderBy(session => session.Id))
            {
                Session(text, session);
            }
        }

        return text.ToString();
    }

    private static void Session(StringBuilder text, SessionState session)
    {
        Line(text, $"  session {session.Id} {session.Name} as {session.Address} in {session.RoomCount} rooms");
        Line(text, $"    attached {session.IsAttached} at {session.AttachedAt} seen {session.LastSeen} maybe sent {session.MaybeSentUpTo}");
        Line(text, $"    cursor {session.Cursor} unacked {Join(session.Holes.Items)} acknowledged {session.Holes.HighestAcknowledged}");
        Line(text, $"    gaps {Join(session.Gaps)}");
        Line(text, $"    references {(session.ReferenceCount == 0 ? "" : Join(session.References.InOrder))}");
        if (session.HandlerReferences is { } handlers)
        {
            Line(text, $"    references of handlers {Join(handlers.InOrder)}");
        }

        foreach ((long number, HandledEvent handled) in session.Handled?.Items ?? [])
        {
            Line(
                text,
                $"    handles {number}, begun {handled.Starts} times again, under {Join(handled.Keys.OrderBy(entry => entry.Value))}");
        }

        Line(text, $"    inbox {(session.Inbox is { } inbox ? Join(inbox.Sequences) : "none")}");
        foreach (Membership membership in session.Memberships)
        {
            Line(text, $"    in {membership.Room.Name} after {membership.JoinedAt} online {session.IsAttached}");
        }

        for (int i = 0; i < session.Left.Count; i++)
        {
            PastMembership stay = session.Left[i];
            if (session.HasPending(stay))
            {
                Line(text, $"    was in {stay.Room.Name} after {stay.JoinedAt} to {stay.LeftAt}");
            }
        }
    }

    private static string Join<T>(IEnumerable<T> values) => string.Join(' ', values);

    private static void Line(StringBuilder text, FormattableString line) =>
        text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
}

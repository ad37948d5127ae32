using System.Text;
using MessageQueue.Commands;
using MessageQueue.Delivery;
using MessageQueue.Pipeline;
using MessageQueue.Presence;
using MessageQueue.Protocol;
using MessageQueue.State;

namespace MessageQueue.Connections;

/// <summary>
/// What a client asks about presence. Its commands are applied in their place among the others and not stored. For the apply loop only,
/// unless a member says otherwise.
/// </summary>
internal static class PresenceCommands
{
    /// <summary>Returns why a connection cannot have what it asks for; null if it can. Called on any thread.</summary>
    public static CloseReason? FindRefusal(ConnectionParameters parameters, PresenceLimits limits) =>
        parameters.Watches.Count > limits.MaxWatchesPerConnection ? CloseReason.TooManyWatches(limits.MaxWatchesPerConnection)
        : parameters.Shows is { } shows && !PresenceRules.MayShow(shows.Span, limits.MaxPresenceBytes)
            ? CloseReason.ShowsTooMuch(limits.MaxPresenceBytes)
        : null;

    /// <summary>Attaches a connection to its session. What the session shows is known before it is seen.</summary>
    public static void Attach(
        Broker broker, SessionState session, ConnectionWindow window, ConnectionParameters parameters, bool resumed)
    {
        if (parameters.Shows is { } shows)
        {
            broker.Presence.Show(session, shows);
        }

        broker.Loop.Attach(session, window, resumed);
        foreach (string room in parameters.Watches)
        {
            broker.Presence.TryWatch(window, parameters.Namespace, room);
        }
    }

    /// <summary>Whether this is a command about presence.</summary>
    public static bool Has(CommandKind kind) => kind is CommandKind.Watch or CommandKind.Unwatch or CommandKind.Show;

    /// <summary>Applies a command and answers it.</summary>
    public static void Apply(Broker broker, ConnectionWindow window, string ns, in Command command)
    {
        if (Apply(broker.Presence, broker.Limits.Presence, window, ns, command) is { } refusal)
        {
            broker.ServerCounters.Refuse();
            window.Connection.Refused(refusal, command.Reference.Span);
        }
        else
        {
            window.Connection.Acknowledged(command.Reference.Span, null, default, duplicate: false);
        }
    }

    private static ProtocolError? Apply(
        WatchedRooms presence, PresenceLimits limits, ConnectionWindow window, string ns, in Command command)
    {
        if (window.SessionDelivery is not { Session: var session })
        {
            // Taken over, and about to be closed.
            return null;
        }

        if (command.Kind == CommandKind.Show)
        {
            if (!PresenceRules.MayShow(command.Payload.Span, limits.MaxPresenceBytes))
            {
                return RequestErrors.ShowsTooMuch(limits.MaxPresenceBytes);
            }

            presence.Show(session, command.Payload);
            return null;
        }

        string room = Encoding.UTF8.GetString(command.Payload.Span);
        if (command.Kind == CommandKind.Unwatch)
        {
            presence.Unwatch(window, ns, room);
            return null;
        }

        return presence.TryWatch(window, ns, room) ? null : RequestErrors.TooManyWatches(limits.MaxWatchesPerConnection);
    }
}

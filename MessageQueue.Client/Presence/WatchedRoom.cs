using MessageQueue.Client.Messages;

namespace MessageQueue.Client.Presence;

/// <summary>
/// What is known of one room, by the rules of docs/protocol.md. It is kept when a connection is lost, until the next one has a state, so
/// that handlers are told the difference between both. Not thread-safe.
/// </summary>
internal sealed class WatchedRoom(string room, DataCodec codec)
{
    private readonly Dictionary<string, RoomMember> _sessions = [];
    private long _version;
    private int _count;
    private bool _isCountOnly;
    private Members? _members;

    /// <summary>The room's name.</summary>
    public string Room => room;

    /// <summary>Who is told.</summary>
    public List<PresenceHandler> Handlers { get; } = [];

    /// <summary>Whether the server watches the room for this connection. What came before was for an earlier watch.</summary>
    public bool IsGranted { get; set; }

    /// <summary>Whether a whole state is known: from the first one on, but not between its parts.</summary>
    public bool IsWhole { get; private set; }

    /// <summary>Who is there.</summary>
    public Members Members => _members ??= new Members(new Dictionary<string, RoomMember>(_sessions), _count, _isCountOnly);

    /// <summary>Takes a state, a part of one, or a difference. Returns whether it changes something.</summary>
    public bool Apply(PresenceFields message, int count)
    {
        if (message.Members is not null || message.Many)
        {
            ApplyState(message);
        }
        else if (message.Version <= _version)
        {
            return false;
        }
        else
        {
            ApplyDifference(message);
        }

        _count = count;
        _members = null;
        return true;
    }

    private void ApplyState(PresenceFields message)
    {
        if (message.Part == 0)
        {
            _sessions.Clear();
            _version = message.Version;
            IsWhole = false;
        }

        Add(message.Members ?? []);
        _isCountOnly = message.Many;
        IsWhole |= !message.More;
    }

    private void ApplyDifference(PresenceFields message)
    {
        foreach (string session in message.Left)
        {
            _sessions.Remove(session);
        }

        Add(message.Joined);
        _version = message.Version;
    }

    private void Add(IReadOnlyList<(string Session, byte[] Data)> entries)
    {
        foreach ((string session, byte[] data) in entries)
        {
            _sessions[session] = new RoomMember(codec, session, data);
        }
    }
}

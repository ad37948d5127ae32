namespace MessageQueue.Protocol;

/// <summary>
/// The reason why the server closes a connection. This is the only table of reasons, for every dialect: code that closes a connection uses
/// one of these rows. The table of close codes in docs/protocol.md says the same: keep in sync.
/// </summary>
/// <param name="Code">A code of RFC 6455 section 7.4.1, or 4000 and above for the server's own.</param>
/// <param name="Text">The text for a person. A WebSocket close frame carries its first 123 bytes.</param>
/// <param name="Reconnects">Whether a client should reconnect by itself.</param>
/// <param name="Disconnect">The reason that the app's handlers get.</param>
internal sealed record CloseReason(int Code, string Text, bool Reconnects, DisconnectReason Disconnect)
{
    /// <summary>The answer to the client's own close.</summary>
    public static readonly CloseReason ClosedByClient = new(CloseCode.Normal, "", true, DisconnectReason.ClientClosed);

    /// <summary>The server is stopping.</summary>
    public static readonly CloseReason ServerStopping = new(
        CloseCode.GoingAway, "the server is stopping", true, DisconnectReason.ServerStopping);

    /// <summary>A frame violated RFC 6455.</summary>
    public static readonly CloseReason BrokenFrame = new(
        CloseCode.ProtocolError, "a frame violates RFC 6455", true, DisconnectReason.ProtocolViolation);

    /// <summary>A message that is no packet of Engine.IO, or polling requests that its protocol does not allow at a time.</summary>
    public static readonly CloseReason BadPacket = new(
        CloseCode.ProtocolError, "this is not a packet of Engine.IO", true, DisconnectReason.ProtocolViolation);

    /// <summary>A binary message to a dialect that is text only.</summary>
    public static readonly CloseReason BinaryMessage = new(
        CloseCode.UnsupportedData, "messages are text", true, DisconnectReason.ProtocolViolation);

    /// <summary>Text that is not UTF-8.</summary>
    public static readonly CloseReason InvalidUtf8 = new(
        CloseCode.InvalidUtf8, "the text is not UTF-8", true, DisconnectReason.ProtocolViolation);

    /// <summary>The token or the session was not accepted.</summary>
    public static readonly CloseReason NotAllowed = new(
        CloseCode.NotAllowed, "not allowed: the token or the session", false, DisconnectReason.Disconnected);

    /// <summary>An operator's token was not accepted.</summary>
    public static readonly CloseReason OperatorNotAllowed = NotAllowed with { Text = "not allowed: the token" };

    /// <summary>The connection asked for a room that is not allowed.</summary>
    public static readonly CloseReason RoomNotAllowed = new(
        CloseCode.NotAllowed, "joining one of the rooms is not allowed", false, DisconnectReason.Disconnected);

    /// <summary>A middleware of the app threw, or called neither the next one nor said why.</summary>
    public static readonly CloseReason NotAdmitted = new(
        CloseCode.NotAllowed, "not allowed: the app did not let the client in", false, DisconnectReason.Disconnected);

    /// <summary>The handshake is larger than the app wants to keep.</summary>
    public static readonly CloseReason HandshakeTooBig = new(
        CloseCode.NotAllowed, "the headers, the query and the auth of the connection are too large", false,
        DisconnectReason.Disconnected);

    /// <summary>The connection names a session that does not exist and that only the server can create.</summary>
    public static readonly CloseReason UnknownSession = new(
        CloseCode.NotAllowed, "this session does not exist or has expired; connect without it to get a new one", false,
        DisconnectReason.Disconnected);

    /// <summary>The app disconnected the session.</summary>
    public static readonly CloseReason DisconnectedByServer = new(
        CloseCode.NotAllowed, "disconnected by the server", false, DisconnectReason.Disconnected);

    /// <summary>A message over the size limit.</summary>
    public static readonly CloseReason TooBig = new(CloseCode.TooBig, "the message is too big", true, DisconnectReason.ProtocolViolation);

    /// <summary>The server failed.</summary>
    public static readonly CloseReason ServerFailed = new(
        CloseCode.ServerFailed, "the server failed; what was not acknowledged may or may not be stored", true,
        DisconnectReason.ServerFailed);

    /// <summary>An event that is pending for the session is damaged.</summary>
    public static readonly CloseReason EventUnreadable = new(
        CloseCode.ServerFailed, "a pending event of this session cannot be read; the log must be repaired", true,
        DisconnectReason.ServerFailed);

    /// <summary>The server has as many connections as it may have.</summary>
    public static readonly CloseReason TooManyConnections = new(
        CloseCode.Overloaded, "too many connections; try again later", true, DisconnectReason.ConnectionLost);

    /// <summary>The client's address has as many connections as it may have.</summary>
    public static readonly CloseReason TooManyConnectionsOfAddress = new(
        CloseCode.Overloaded, "too many connections from this address; try again later", true, DisconnectReason.ConnectionLost);

    /// <summary>The server has as many sessions as it may have.</summary>
    public static readonly CloseReason TooManySessions = new(
        CloseCode.Overloaded, "too many sessions; try again later", true, DisconnectReason.ConnectionLost);

    /// <summary>The server has as many dynamic namespaces as it may have.</summary>
    public static readonly CloseReason TooManyNamespaces = new(
        CloseCode.Overloaded, "too many namespaces; try again later", true, DisconnectReason.ConnectionLost);

    /// <summary>There is no disk space to store a new session.</summary>
    public static readonly CloseReason DiskFull = new(
        CloseCode.Overloaded, "the disk is full, so there is no room for a new session; try again later", true,
        DisconnectReason.ConnectionLost);

    /// <summary>Another connection took over the session.</summary>
    public static readonly CloseReason TakenOver = new(
        CloseCode.TakenOver, "another connection took this session over", false, DisconnectReason.TakenOver);

    /// <summary>The session was ended.</summary>
    public static readonly CloseReason SessionEnded = new(
        CloseCode.SessionEnded, "the session was ended", false, DisconnectReason.SessionEnded);

    /// <summary>The token has expired. A client comes back with a new one.</summary>
    public static readonly CloseReason TokenExpired = new(
        CloseCode.TokenExpired, "the token has expired", true, DisconnectReason.TokenExpired);

    /// <summary>The keys with which tokens are checked could not be read yet.</summary>
    public static readonly CloseReason KeysUnavailable = new(
        CloseCode.Overloaded, "the keys of tokens cannot be read now; try again later", true, DisconnectReason.ConnectionLost);

    /// <summary>More for the client, as JSON, where a dialect can carry it; empty for none. A WebSocket close frame cannot.</summary>
    public ReadOnlyMemory<byte> Data { get; init; }

    /// <summary>Returns the reason for a client that the app's middleware refused.</summary>
    public static CloseReason Refused(string text, ReadOnlyMemory<byte> data) => NotAllowed with { Text = text, Data = data };

    /// <summary>Returns the reason for a user's token that was not accepted; the text says what is wrong with it.</summary>
    public static CloseReason TokenRefused(string text) => NotAllowed with { Text = $"not allowed: {text}" };

    /// <summary>Returns the reason for a parameter of the connection that is not allowed; the text says which one.</summary>
    public static CloseReason BadParameters(string text) => NotAllowed with { Text = text };

    /// <summary>Returns the reason for a connection that would watch more rooms than allowed.</summary>
    public static CloseReason TooManyWatches(int limit) => NotAllowed with { Text = $"a connection may watch {limit} rooms at most" };

    /// <summary>Returns the reason for a session that would show too much of itself.</summary>
    public static CloseReason ShowsTooMuch(int limit) =>
        NotAllowed with { Text = $"show has to be at most {limit} bytes and {PresenceRules.MaxDepth} levels" };

    /// <summary>Returns the reason for a session that would be in more rooms than allowed.</summary>
    public static CloseReason TooManyRooms(int limit) => NotAllowed with { Text = $"a session may be in {limit} rooms at most" };
}

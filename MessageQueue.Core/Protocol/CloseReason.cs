namespace MessageQueue.Protocol;

/// <summary>
/// Why the server closes a connection. This is the one table of them, for every dialect: whoever closes takes a row, and the closing table
/// of docs/protocol.md says the same of its codes.
/// </summary>
/// <param name="Code">RFC 6455 section 7.4.1, or 4000 and up for the server's own.</param>
/// <param name="Text">For a person. A WebSocket carries its first 123 bytes.</param>
/// <param name="Reconnects">Whether a client should come back by itself.</param>
/// <param name="Disconnect">What the app's handlers are told.</param>
internal sealed record CloseReason(int Code, string Text, bool Reconnects, DisconnectReason Disconnect)
{
    /// <summary>The answer to the client's own close.</summary>
    public static readonly CloseReason ClosedByClient = new(CloseCode.Normal, "", true, DisconnectReason.ClientClosed);

    /// <summary>The server is stopping.</summary>
    public static readonly CloseReason ServerStopping = new(CloseCode.GoingAway, "the server is stopping", true, DisconnectReason.ServerStopping);

    /// <summary>A frame broke RFC 6455.</summary>
    public static readonly CloseReason BrokenFrame = new(
        CloseCode.ProtocolError, "a frame has no mask, or an impossible length", true, DisconnectReason.ProtocolViolation);

    /// <summary>A binary message to a dialect that is text only.</summary>
    public static readonly CloseReason BinaryMessage = new(CloseCode.UnsupportedData, "messages are text", true, DisconnectReason.ProtocolViolation);

    /// <summary>Text that is not UTF-8.</summary>
    public static readonly CloseReason InvalidUtf8 = new(CloseCode.InvalidUtf8, "the text is not UTF-8", true, DisconnectReason.ProtocolViolation);

    /// <summary>The token or the session was not accepted.</summary>
    public static readonly CloseReason NotAllowed = new(
        CloseCode.NotAllowed, "not allowed: the token or the session", false, DisconnectReason.Disconnected);

    /// <summary>One of the rooms that the connection asked for was not allowed.</summary>
    public static readonly CloseReason RoomNotAllowed = new(
        CloseCode.NotAllowed, "joining one of the rooms is not allowed", false, DisconnectReason.Disconnected);

    /// <summary>A session that only exists by having been made, and does not.</summary>
    public static readonly CloseReason UnknownSession = new(
        CloseCode.NotAllowed, "this session does not exist or has expired; connect without it to get a new one", false, DisconnectReason.Disconnected);

    /// <summary>The app disconnected the session.</summary>
    public static readonly CloseReason DisconnectedByServer = new(
        CloseCode.NotAllowed, "disconnected by the server", false, DisconnectReason.Disconnected);

    /// <summary>A message over the size limit.</summary>
    public static readonly CloseReason TooBig = new(CloseCode.TooBig, "the message is too big", true, DisconnectReason.ProtocolViolation);

    /// <summary>The server failed.</summary>
    public static readonly CloseReason ServerFailed = new(
        CloseCode.ServerFailed, "the server failed; what was not acknowledged may or may not be stored", true, DisconnectReason.ServerFailed);

    /// <summary>An event that the session is owed is damaged.</summary>
    public static readonly CloseReason EventUnreadable = new(
        CloseCode.ServerFailed, "an event that this session is owed cannot be read; the log has to be repaired", true, DisconnectReason.ServerFailed);

    /// <summary>All connections of the server are taken.</summary>
    public static readonly CloseReason TooManyConnections = new(
        CloseCode.Overloaded, "too many connections; try again later", true, DisconnectReason.ConnectionLost);

    /// <summary>All connections of the client's address are taken.</summary>
    public static readonly CloseReason TooManyConnectionsOfAddress = new(
        CloseCode.Overloaded, "too many connections from this address; try again later", true, DisconnectReason.ConnectionLost);

    /// <summary>There are as many sessions as there may be.</summary>
    public static readonly CloseReason TooManySessions = new(CloseCode.Overloaded, "too many sessions; try again later", true, DisconnectReason.ConnectionLost);

    /// <summary>A new session cannot be stored.</summary>
    public static readonly CloseReason DiskFull = new(
        CloseCode.Overloaded, "the disk is full, so there is no room for a new session; try again later", true, DisconnectReason.ConnectionLost);

    /// <summary>Another connection took the session over.</summary>
    public static readonly CloseReason TakenOver = new(CloseCode.TakenOver, "another connection took this session over", false, DisconnectReason.TakenOver);

    /// <summary>The session was ended.</summary>
    public static readonly CloseReason SessionEnded = new(CloseCode.SessionEnded, "the session was ended", false, DisconnectReason.SessionEnded);

    /// <summary>A parameter of the connection is not allowed; the text says which.</summary>
    public static CloseReason BadParameters(string text) => NotAllowed with { Text = text };

    /// <summary>The session would be in more rooms than one may be in.</summary>
    public static CloseReason TooManyRooms(int limit) => NotAllowed with { Text = $"a session may be in {limit} rooms at most" };
}

namespace MessageQueue.Protocol;

/// <summary>
/// The reasons why a valid request is refused, with the texts that every dialect and the HTTP endpoint use. Errors in a message of the JSON
/// protocol itself are described where the message is read: <see cref="Parsing.Envelope"/>, <see cref="Parsing.MessageRules"/>.
/// </summary>
internal static class RequestErrors
{
    /// <summary>The app does not allow the client to emit to these rooms.</summary>
    public static readonly ProtocolError EmitForbidden = new(ErrorCode.Forbidden, "emitting to these rooms is not allowed");

    /// <summary>The app does not allow the client to join the room.</summary>
    public static readonly ProtocolError JoinForbidden = new(ErrorCode.Forbidden, "joining this room is not allowed");

    /// <summary>The app does not allow the client to join the room, so it may not watch it either.</summary>
    public static readonly ProtocolError WatchForbidden = new(ErrorCode.Forbidden, "watching this room is not allowed");

    /// <summary>The connection has no token that could be replaced.</summary>
    public static readonly ProtocolError NoToken = new(
        ErrorCode.Forbidden, "this connection was not opened with a token that expires, so there is none to replace");

    /// <summary>The client replaces its token too often.</summary>
    public static readonly ProtocolError TokenTooSoon = new(ErrorCode.RateLimited, "a connection may send one token a second");

    /// <summary>The client sends faster than it is allowed to.</summary>
    public static readonly ProtocolError TooFast = new(
        ErrorCode.RateLimited, "too many messages in too short a time; this one was not handled");

    /// <summary>The event has no rooms, and no handler for it exists.</summary>
    public static readonly ProtocolError Unhandled = new(
        ErrorCode.Unhandled, "no handler for this event; to reach other sessions, name a room in \"to\"");

    /// <summary>A middleware of the app did not pass the event on, and gave no reason.</summary>
    public static readonly ProtocolError NotPassedOn = new(ErrorCode.Forbidden, "the server does not handle this event now");

    /// <summary>The handler threw.</summary>
    public static readonly ProtocolError HandlerFailed = new(ErrorCode.Failed, "the server's handler of this event failed");

    /// <summary>The disk has no room for another event.</summary>
    public static readonly ProtocolError DiskFull = new(ErrorCode.Unavailable, "the disk is full; nothing was stored");

    /// <summary>The server's state refused an event for a durable handler.</summary>
    public static readonly ProtocolError NotStored = new(ErrorCode.Unavailable, "the event could not be stored; try again");

    /// <summary>The event was sent to a session that does not exist.</summary>
    public static readonly ProtocolError UnknownTarget = new(
        ErrorCode.UnknownSession, "there is no such session in this namespace; nothing was stored");

    /// <summary>The session to look up or to end does not exist.</summary>
    public static readonly ProtocolError UnknownSession = new(ErrorCode.UnknownSession, "there is no such session in this namespace");

    /// <summary>The session in whose name to publish does not exist.</summary>
    public static readonly ProtocolError UnknownSender = new(
        ErrorCode.UnknownSession, "there is no session of this name to publish as; a session is created when it first connects");

    /// <summary>The server stopped while the request was under way.</summary>
    public static readonly ProtocolError OutcomeUnknown = new(
        ErrorCode.Unavailable, "the server stopped before the outcome was known; repeat the request later");

    /// <summary>As <see cref="OutcomeUnknown"/>, for publishing an event.</summary>
    public static readonly ProtocolError PublishOutcomeUnknown = new(
        ErrorCode.Unavailable, "the server stopped before the outcome was known; repeat the request later with the same Idempotency-Key");

    /// <summary>Returns the error for a token that does not replace the one of the connection.</summary>
    public static ProtocolError TokenRefused(string text, bool isTemporary) =>
        new(isTemporary ? ErrorCode.Unavailable : ErrorCode.Forbidden, $"{text}; the one from before stays");

    /// <summary>Returns the error for a session that has left too many rooms while events of these rooms are still pending.</summary>
    public static ProtocolError TooManyLeftRooms(int limit) => new(
        ErrorCode.Forbidden,
        $"a session may have left {limit} rooms whose events it has not acknowledged; acknowledge events first, then leave this room");

    /// <summary>Returns the error for a session that would be in more rooms than allowed.</summary>
    public static ProtocolError TooManyRooms(int limit) => new(ErrorCode.Forbidden, $"a session may be in {limit} rooms at most");

    /// <summary>Returns the error for a connection that would watch more rooms than allowed.</summary>
    public static ProtocolError TooManyWatches(int limit) => new(ErrorCode.Forbidden, $"a connection may watch {limit} rooms at most");

    /// <summary>Returns the error for a session that would show too much of itself.</summary>
    public static ProtocolError ShowsTooMuch(int limit) => new(
        ErrorCode.BadMessage,
        $"`data` is too long: what a session shows of itself has at most {limit} bytes and {PresenceRules.MaxDepth} levels");

    /// <summary>Returns the error for data that the handler does not accept.</summary>
    public static ProtocolError DataMismatch(string message) => new(ErrorCode.BadMessage, message);
}

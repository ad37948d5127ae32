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

    /// <summary>Returns the error for a session that has left too many rooms while events of these rooms are still pending.</summary>
    public static ProtocolError TooManyLeftRooms(int limit) => new(
        ErrorCode.Forbidden,
        $"a session may have left {limit} rooms whose events it has not acknowledged; acknowledge events first, then leave this room");

    /// <summary>Returns the error for a session that would be in more rooms than allowed.</summary>
    public static ProtocolError TooManyRooms(int limit) => new(ErrorCode.Forbidden, $"a session may be in {limit} rooms at most");

    /// <summary>Returns the error for data that the handler does not accept.</summary>
    public static ProtocolError DataMismatch(string message) => new(ErrorCode.BadMessage, message);
}

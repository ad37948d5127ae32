namespace MessageQueue.Protocol;

/// <summary>
/// Why a request that was read is refused, in the words that every dialect and the HTTP endpoint use. What is wrong with a message of the
/// JSON protocol itself is said where it is read: <see cref="Parsing.Envelope"/>, <see cref="Parsing.MessageRules"/>.
/// </summary>
internal static class RequestErrors
{
    /// <summary>The app does not let the client emit to these rooms.</summary>
    public static readonly ProtocolError EmitForbidden = new(ErrorCode.Forbidden, "emitting to these rooms is not allowed");

    /// <summary>The app does not let the client enter the room.</summary>
    public static readonly ProtocolError JoinForbidden = new(ErrorCode.Forbidden, "joining this room is not allowed");

    /// <summary>The client sends faster than it may.</summary>
    public static readonly ProtocolError TooFast = new(ErrorCode.RateLimited, "too many messages in too short a time; this one was not handled");

    /// <summary>An event without rooms that no handler takes.</summary>
    public static readonly ProtocolError Unhandled = new(ErrorCode.Unhandled, "no handler for this event; to reach others, say to which room in \"to\"");

    /// <summary>The handler threw.</summary>
    public static readonly ProtocolError HandlerFailed = new(ErrorCode.Failed, "the server's handler of this event failed");

    /// <summary>The disk has no room for another event.</summary>
    public static readonly ProtocolError DiskFull = new(ErrorCode.Unavailable, "the disk is full; nothing was stored");

    /// <summary>An event for a durable handler was refused by the state.</summary>
    public static readonly ProtocolError NotStored = new(ErrorCode.Unavailable, "the event could not be stored; try again");

    /// <summary>An event to a session that does not exist.</summary>
    public static readonly ProtocolError UnknownTarget = new(ErrorCode.UnknownSession, "there is no such session in this namespace; nothing was stored");

    /// <summary>A session to look up or to end that does not exist.</summary>
    public static readonly ProtocolError UnknownSession = new(ErrorCode.UnknownSession, "there is no such session in this namespace");

    /// <summary>A session to publish as that does not exist.</summary>
    public static readonly ProtocolError UnknownSender = new(
        ErrorCode.UnknownSession, "there is no session of this name to publish as; it is made by connecting");

    /// <summary>The server ended with a request under way.</summary>
    public static readonly ProtocolError OutcomeUnknown = new(
        ErrorCode.Unavailable, "the server has ended before it could say what became of this; repeat it later");

    /// <summary>As <see cref="OutcomeUnknown"/>, for an event that is published.</summary>
    public static readonly ProtocolError PublishOutcomeUnknown = new(
        ErrorCode.Unavailable, "the server has ended before it could say what became of this; repeat it later with the same Idempotency-Key");

    /// <summary>The session has left so many rooms whose events it has not acknowledged.</summary>
    public static ProtocolError TooManyLeftRooms(int limit) => new(
        ErrorCode.Forbidden, $"a session may have left {limit} rooms whose events it has not acknowledged; acknowledge events first, then leave this room");

    /// <summary>The session would be in more rooms than one may be in.</summary>
    public static ProtocolError TooManyRooms(int limit) => new(ErrorCode.Forbidden, $"a session may be in {limit} rooms at most");

    /// <summary>The data is not what the handler takes.</summary>
    public static ProtocolError DataMismatch(string message) => new(ErrorCode.BadMessage, message);
}

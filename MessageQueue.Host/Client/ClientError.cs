namespace MessageQueue.Host.Client;

/// <summary>Why a request to a server failed.</summary>
internal enum ClientError
{
    /// <summary>The server refused the request for a reason that has no value of its own here; the message has its code.</summary>
    Refused,

    /// <summary>Nothing answers at the address.</summary>
    Unreachable,

    /// <summary>The token is wrong or missing, or the app does not allow the request.</summary>
    NotAllowed,

    /// <summary>There is no session of that name, or not any more.</summary>
    UnknownSession,

    /// <summary>Something answers at the address that is not a MessageQueue server.</summary>
    NotAServer,

    /// <summary>The connection broke after the request was sent: the server may have carried it out or not.</summary>
    OutcomeUnknown,
}

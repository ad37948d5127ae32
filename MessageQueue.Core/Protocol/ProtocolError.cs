namespace MessageQueue.Protocol;

/// <summary>The reason why a message was refused.</summary>
/// <param name="Code">One of <see cref="ErrorCode"/>.</param>
/// <param name="Message">The text for a person: what was wrong, where, and what is allowed.</param>
internal readonly record struct ProtocolError(string Code, string Message);

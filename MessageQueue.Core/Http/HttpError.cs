namespace MessageQueue.Http;

/// <summary>Why a request is refused.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Code">The error code of the protocol.</param>
/// <param name="Message">The reason, for people.</param>
internal readonly record struct HttpError(int Status, string Code, string Message);

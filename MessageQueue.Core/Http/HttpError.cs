namespace MessageQueue.Http;

/// <summary>Why a request is not answered as it would like.</summary>
/// <param name="Status">The status.</param>
/// <param name="Code">The protocol's code.</param>
/// <param name="Message">What is wrong, for a person.</param>
internal readonly record struct HttpError(int Status, string Code, string Message);

using MessageQueue.Protocol;
using Microsoft.AspNetCore.Http;

namespace MessageQueue.Http;

/// <summary>Why a request is refused.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Code">The error code of the protocol.</param>
/// <param name="Message">The reason, for people.</param>
internal readonly record struct HttpError(int Status, string Code, string Message)
{
    /// <summary>Returns the error for a request whose token, or session, is refused.</summary>
    public static HttpError OfToken(CloseReason refusal) => refusal.Code == CloseCode.Overloaded
        ? new(StatusCodes.Status503ServiceUnavailable, ErrorCode.Unavailable, refusal.Text)
        : new(StatusCodes.Status401Unauthorized, ErrorCode.Forbidden, refusal.Text);
}

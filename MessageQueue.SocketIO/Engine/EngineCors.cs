using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace MessageQueue.SocketIO.Engine;

/// <summary>
/// Lets pages of allowed origins read answers. A page of an origin that is named, or of the server's own, may send credentials; where every
/// origin is allowed, credentials are not, as browsers demand.
/// </summary>
/// <param name="allowsAll">Whether pages of every origin may connect.</param>
internal sealed class EngineCors(bool allowsAll)
{
    private static readonly StringValues Methods = new("GET,POST");

    /// <summary>Adds the headers to an answer. The origin of the request was checked before.</summary>
    public void Allow(HttpContext context)
    {
        string origin = context.Request.Headers.Origin.ToString();
        IHeaderDictionary headers = context.Response.Headers;
        if (allowsAll)
        {
            headers.AccessControlAllowOrigin = "*";
        }
        else if (origin.Length > 0)
        {
            headers.AccessControlAllowOrigin = origin;
            headers.AccessControlAllowCredentials = "true";
            headers.Vary = "Origin";
        }
    }

    /// <summary>Answers a preflight request, with what the browser asked for.</summary>
    public void AnswerPreflight(HttpContext context)
    {
        Allow(context);
        context.Response.Headers.AccessControlAllowMethods = Methods;
        if (context.Request.Headers.AccessControlRequestHeaders is { Count: > 0 } asked)
        {
            context.Response.Headers.AccessControlAllowHeaders = asked;
        }

        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }
}

using System.Text;
using Microsoft.AspNetCore.Http;

namespace MessageQueue.SocketIO.Engine;

/// <summary>Why a request is refused, with the codes and texts of Engine.IO.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Code">The code of Engine.IO.</param>
/// <param name="Message">The reason, for people; ASCII without quotes.</param>
internal sealed record EngineError(int Status, int Code, string Message)
{
    /// <summary>The transport does not exist, or is switched off.</summary>
    public static readonly EngineError UnknownTransport = new(StatusCodes.Status400BadRequest, 0, "Transport unknown");

    /// <summary>There is no such connection, or it has ended.</summary>
    public static readonly EngineError UnknownSession = new(StatusCodes.Status400BadRequest, 1, "Session ID unknown");

    /// <summary>A handshake with a method other than GET.</summary>
    public static readonly EngineError BadHandshakeMethod = new(StatusCodes.Status400BadRequest, 2, "Bad handshake method");

    /// <summary>A request that does not fit the connection, or a body that is no payload.</summary>
    public static readonly EngineError BadRequest = new(StatusCodes.Status400BadRequest, 3, "Bad request");

    /// <summary>The page may not connect.</summary>
    public static readonly EngineError Forbidden = new(StatusCodes.Status403Forbidden, 4, "Forbidden");

    /// <summary>Not version 4 of Engine.IO.</summary>
    public static readonly EngineError UnsupportedVersion = new(StatusCodes.Status400BadRequest, 5, "Unsupported protocol version");

    /// <summary>The body is larger than the limit.</summary>
    public static readonly EngineError TooLarge = new(StatusCodes.Status413PayloadTooLarge, 3, "The body is too large");

    /// <summary>Returns the error for a server that takes no more connections now. Engine.IO has no code of its own for it.</summary>
    public static EngineError Overloaded(string reason) => new(StatusCodes.Status503ServiceUnavailable, 4, reason);

    /// <summary>Answers a request with this error.</summary>
    public Task AnswerAsync(HttpContext context)
    {
        HttpResponse response = context.Response;
        response.StatusCode = Status;
        response.ContentType = "application/json";
        if (Status == StatusCodes.Status503ServiceUnavailable)
        {
            response.Headers.RetryAfter = "1";
        }

        byte[] body = Encoding.ASCII.GetBytes($$"""{"code":{{Code}},"message":"{{Message}}"}""");
        response.ContentLength = body.Length;
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : response.Body.WriteAsync(body).AsTask();
    }
}

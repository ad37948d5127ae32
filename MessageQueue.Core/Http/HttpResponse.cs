using System.Buffers;
using MessageQueue.Protocol;
using Microsoft.AspNetCore.Http;

namespace MessageQueue.Http;

/// <summary>Writes answers to requests that are not WebSocket handshakes: messages of the protocol, with the HTTP status for
/// each.</summary>
internal static class HttpResponse
{
    /// <summary>Reports that a request is done.</summary>
    public static Task AcknowledgeAsync(
        HttpContext context, ReadOnlySpan<byte> reference = default, long? id = null, bool isDuplicate = false)
    {
        ArrayBufferWriter<byte> body = new(128);
        ServerMessages.WriteAck(body, new AckMessage { Reference = reference, Id = id, Duplicate = isDuplicate });
        return WriteAsync(context, StatusCodes.Status200OK, body);
    }

    /// <summary>Writes a refusal.</summary>
    public static Task ErrorAsync(HttpContext context, HttpError refusal) =>
        ErrorAsync(context, refusal.Status, refusal.Code, refusal.Message);

    /// <summary>Writes an error with the status that belongs to its code.</summary>
    public static Task ErrorAsync(HttpContext context, string code, string message, ReadOnlySpan<byte> reference = default) =>
        ErrorAsync(context, StatusOf(code), code, message, reference);

    /// <summary>Writes an error with a given status.</summary>
    public static Task ErrorAsync(HttpContext context, int status, string code, string message, ReadOnlySpan<byte> reference = default)
    {
        IHeaderDictionary headers = context.Response.Headers;
        if (status == StatusCodes.Status401Unauthorized)
        {
            headers.WWWAuthenticate = "Bearer";
        }
        else if (status is StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable)
        {
            // One second: limits are per second, and a restart takes about one second too.
            headers.RetryAfter = "1";
        }

        ArrayBufferWriter<byte> body = new(256);
        ServerMessages.WriteError(body, new ProtocolError(code, message), reference);
        return WriteAsync(context, status, body);
    }

    /// <summary>Writes JSON, and a line feed for those who read it in a terminal.</summary>
    public static Task WriteAsync(HttpContext context, int status, ArrayBufferWriter<byte> body)
    {
        body.Write("\n"u8);
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        context.Response.Headers.CacheControl = "no-store";
        context.Response.ContentLength = body.WrittenCount;
        return context.Response.Body.WriteAsync(body.WrittenMemory).AsTask();
    }

    private static int StatusOf(string code) => code switch
    {
        ErrorCode.BadJson or ErrorCode.BadMessage => StatusCodes.Status400BadRequest,
        ErrorCode.UnknownSession => StatusCodes.Status404NotFound,
        ErrorCode.Forbidden => StatusCodes.Status403Forbidden,
        ErrorCode.RateLimited => StatusCodes.Status429TooManyRequests,
        ErrorCode.Unavailable => StatusCodes.Status503ServiceUnavailable,
        _ => StatusCodes.Status500InternalServerError,
    };
}

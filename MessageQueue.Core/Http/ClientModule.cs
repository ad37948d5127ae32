using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace MessageQueue.Http;

/// <summary>Serves the JavaScript client, so that a page gets the one that belongs to its server.</summary>
internal static class ClientModule
{
    private const string Path = "/messagequeue.js";

    private static readonly byte[] Source = Read();
    private static readonly EntityTagHeaderValue Tag = new($"\"{Convert.ToHexStringLower(SHA256.HashData(Source))[..32]}\"");

    /// <summary>
    /// Returns whether this request reads the client. For other methods and WebSockets the path is a namespace like any other.
    /// </summary>
    /// <param name="request">The request.</param>
    /// <param name="path">The part of its path that names the namespace.</param>
    public static bool IsAskedFor(HttpRequest request, string path) =>
        path == Path && (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method));

    /// <summary>Answers with the module, or with 304 if the browser has it.</summary>
    public static Task AnswerAsync(HttpContext context)
    {
        IHeaderDictionary headers = context.Response.Headers;
        // The browser asks each time, so a new server is never used with an old client.
        headers.CacheControl = "no-cache";
        headers.XContentTypeOptions = "nosniff";
        // Pages of other origins may load it: it is the same for everybody. Whether they may connect is decided by the handshake.
        headers.AccessControlAllowOrigin = "*";
        return Results.Bytes(Source, "text/javascript; charset=utf-8", entityTag: Tag).ExecuteAsync(context);
    }

    private static byte[] Read()
    {
        using Stream stream = typeof(ClientModule).Assembly.GetManifestResourceStream("messagequeue.js")!;
        byte[] source = new byte[stream.Length];
        stream.ReadExactly(source);
        return source;
    }
}

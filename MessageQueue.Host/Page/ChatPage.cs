using Microsoft.AspNetCore.Http;

namespace MessageQueue.Host.Page;

/// <summary>
/// The page at <c>/</c>: a chat in a browser. It knows only relative addresses, so it works wherever a proxy puts it. Needs no token: it is
/// the same for everybody, and it asks the user for one.
/// </summary>
internal static class ChatPage
{
    // No inline code, and nothing from elsewhere. Browsers take 'self' for WebSockets of the same host, too.
    private const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static readonly Dictionary<string, PageFile> Files = new()
    {
        ["/"] = new PageFile("index.html", "text/html; charset=utf-8"),
        ["/page/chat.css"] = new PageFile("chat.css", "text/css; charset=utf-8"),
        ["/page/chat.js"] = new PageFile("chat.js", "text/javascript; charset=utf-8"),
        ["/page/store.js"] = new PageFile("store.js", "text/javascript; charset=utf-8"),
        ["/page/view.js"] = new PageFile("view.js", "text/javascript; charset=utf-8"),
        ["/page/icon.svg"] = new PageFile("icon.svg", "image/svg+xml"),
    };

    /// <summary>Answers a <c>GET</c> or <c>HEAD</c> request: with a file of the page, 304 if the browser has it, or 404.</summary>
    public static Task AnswerAsync(HttpContext context)
    {
        string path = context.Request.Path.Value is { Length: > 0 } value ? value : "/";
        if (!Files.TryGetValue(path, out PageFile? file) || (path == "/" && !AcceptsHtml(context.Request)))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        }

        IHeaderDictionary headers = context.Response.Headers;
        // The browser asks each time, so that its files belong together, and to the server.
        headers.CacheControl = "no-cache";
        headers.ContentSecurityPolicy = ContentSecurityPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        if (path == "/")
        {
            headers.Vary = "Accept";
        }

        return file.AnswerAsync(context);
    }

    // Browsers name it; curl and programs say */*, and get what they get from a server without a page.
    private static bool AcceptsHtml(HttpRequest request) =>
        request.Headers.Accept.Any(value => value?.Contains("text/html", StringComparison.OrdinalIgnoreCase) == true);
}

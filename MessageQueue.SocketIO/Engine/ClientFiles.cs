using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace MessageQueue.SocketIO.Engine;

/// <summary>
/// Serves the builds of npm's <c>socket.io-client</c> and their source maps, and no other file of their directory. A browser that has a
/// file is told so by its ETag.
/// </summary>
internal sealed class ClientFiles(string directory)
{
    private static readonly string[] Builds = ["socket.io.js", "socket.io.min.js", "socket.io.msgpack.min.js", "socket.io.esm.min.js"];

    private readonly Dictionary<string, string> _types = Builds
        .SelectMany(
            build => new[] { (build, "application/javascript; charset=utf-8"), ($"{build}.map", "application/json; charset=utf-8") })
        .ToDictionary();

    private readonly string _directory = Path.GetFullPath(directory);

    /// <summary>Returns the answer to a request for one of the files; null if it is for something else.</summary>
    public IResult? Find(HttpRequest request)
    {
        string path = request.Path.Value ?? "";
        string name = path[(path.LastIndexOf('/') + 1)..];
        if (!(HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method)) || !_types.TryGetValue(name, out string? type))
        {
            return null;
        }

        FileInfo file = new(Path.Combine(_directory, name));
        if (!file.Exists)
        {
            return TypedResults.NotFound();
        }

        EntityTagHeaderValue tag = new($"\"{file.Length:x}-{file.LastWriteTimeUtc.Ticks:x}\"");
        request.HttpContext.Response.Headers.CacheControl = "public, max-age=0";
        return TypedResults.PhysicalFile(file.FullName, type, lastModified: file.LastWriteTimeUtc, entityTag: tag);
    }
}

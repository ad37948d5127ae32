using System.Formats.Tar;
using System.IO.Compression;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace MessageQueue.Tests.Deployment;

/// <summary>
/// A registry of containers on this machine, with one image: nothing but the home of a user. It stands in for Microsoft's registry, so that
/// an image can be made without the internet.
/// </summary>
internal sealed class BaseImageRegistry : IDisposable
{
    private const string ManifestType = "application/vnd.docker.distribution.manifest.v2+json";

    private readonly HttpListener _listener = new();
    private readonly Dictionary<string, byte[]> _blobs = [];
    private readonly byte[] _manifest;
    private readonly Task _serving;

    public BaseImageRegistry()
    {
        byte[] layer = Layer();
        byte[] compressed = Compress(layer);
        byte[] config = JsonSerializer.SerializeToUtf8Bytes(new
        {
            architecture = "amd64",
            os = "linux",
            config = new { Env = new[] { "PATH=/usr/bin:/bin", "APP_UID=1654" } },
            rootfs = new { type = "layers", diff_ids = new[] { Digest(layer) } },
            history = Array.Empty<object>(),
        });
        _blobs[Digest(compressed)] = compressed;
        _blobs[Digest(config)] = config;
        _manifest = JsonSerializer.SerializeToUtf8Bytes(new
        {
            schemaVersion = 2,
            mediaType = ManifestType,
            config = Describe("application/vnd.docker.container.image.v1+json", config),
            layers = new[] { Describe("application/vnd.docker.image.rootfs.diff.tar.gzip", compressed) },
        });
        Address = $"localhost:{FreePort.Find(1)[0]}";
        _listener.Prefixes.Add($"http://{Address}/");
        _listener.Start();
        _serving = ServeAsync();
    }

    /// <summary>Where it listens, as a part of the names of images.</summary>
    public string Address { get; }

    public void Dispose()
    {
        _listener.Close();
        _serving.Wait();
    }

    private static object Describe(string mediaType, byte[] blob) => new { mediaType, size = blob.Length, digest = Digest(blob) };

    private static string Digest(byte[] blob) => $"sha256:{Convert.ToHexStringLower(SHA256.HashData(blob))}";

    private static byte[] Layer()
    {
        using MemoryStream layer = new();
        using (TarWriter writer = new(layer, leaveOpen: true))
        {
            writer.WriteEntry(new PaxTarEntry(TarEntryType.Directory, "home/app") { Uid = 1654, Gid = 1654 });
        }

        return layer.ToArray();
    }

    private static byte[] Compress(byte[] layer)
    {
        using MemoryStream compressed = new();
        using (GZipStream writer = new(compressed, CompressionLevel.Fastest, leaveOpen: true))
        {
            writer.Write(layer);
        }

        return compressed.ToArray();
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                await AnswerAsync(await _listener.GetContextAsync());
            }
        }
        catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException)
        {
            // Closed.
        }
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        string path = context.Request.Url!.AbsolutePath;
        bool isManifest = path.Contains("/manifests/", StringComparison.Ordinal);
        byte[]? body = isManifest ? _manifest
            : path.EndsWith("/v2/", StringComparison.Ordinal) ? Encoding.UTF8.GetBytes("{}")
            : _blobs.GetValueOrDefault(path[(path.LastIndexOf('/') + 1)..]);
        context.Response.StatusCode = body is null ? 404 : 200;
        context.Response.ContentType = isManifest ? ManifestType : "application/octet-stream";
        context.Response.Headers["Docker-Content-Digest"] = Digest(body ?? []);
        context.Response.ContentLength64 = body?.Length ?? 0;
        if (body is not null && context.Request.HttpMethod == "GET")
        {
            await context.Response.OutputStream.WriteAsync(body);
        }

        context.Response.Close();
    }
}

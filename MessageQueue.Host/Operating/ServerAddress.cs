using System.Text;
using MessageQueue.Host.Settings;

namespace MessageQueue.Host.Operating;

/// <summary>Where a server is, and what it wants to see.</summary>
/// <param name="Root">Its address without a slash at the end, as <c>http://127.0.0.1:8080</c> or <c>https://example.com/events</c>.</param>
/// <param name="Token">The token; null for none.</param>
internal sealed record ServerAddress(string Root, string? Token)
{
    /// <summary>The token as a header; null where there is none, or it cannot be one.</summary>
    public string? Bearer => IsHeaderValue ? Token : null;

    private bool IsHeaderValue => Token is not null && Token.All(static c => c is > ' ' and < (char)0x7F);

    /// <summary>Reads an address. One to listen on everywhere means this machine.</summary>
    /// <exception cref="UsageException">It is none.</exception>
    public static ServerAddress Parse(SettingInput url, string? token)
    {
        string text = url.Single();
        if (ListenAddress.TryParse(text, out ListenAddress? address))
        {
            text = $"http://{address.Authority}";
        }

        bool isUrl = Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) && uri.Scheme is "http" or "https" or "ws" or "wss" && uri.Query.Length == 0 && uri.Fragment.Length == 0;
        if (!isUrl || uri!.Port == 0)
        {
            throw new UsageException($"{url.Origin}: '{text}' is no server's address; use http://HOST:PORT, as http://127.0.0.1:8080");
        }

        string scheme = uri.Scheme is "https" or "wss" ? "https" : "http";
        return new ServerAddress(new UriBuilder(uri) { Scheme = scheme, Port = uri.IsDefaultPort ? -1 : uri.Port }.Uri.AbsoluteUri.TrimEnd('/'), token);
    }

    /// <summary>The address of a request.</summary>
    /// <param name="path">A namespace, or a path of the server.</param>
    /// <param name="query">Names and values; those that are null are left out.</param>
    public Uri Http(string path, params IEnumerable<(string Name, string? Value)> query)
    {
        StringBuilder address = new(Root);
        address.Append('/').AppendJoin('/', path.TrimStart('/').Split('/').Select(Uri.EscapeDataString));
        char separator = '?';
        foreach ((string name, string? value) in query.Append(("token", IsHeaderValue ? null : Token)))
        {
            if (value is not null)
            {
                address.Append(separator).Append(name).Append('=').Append(Uri.EscapeDataString(value));
                separator = '&';
            }
        }

        return new Uri(address.ToString());
    }

    /// <summary>The same, of a WebSocket.</summary>
    public Uri WebSocket(string path, params IEnumerable<(string Name, string? Value)> query)
    {
        string http = Http(path, query).AbsoluteUri;
        return new Uri(string.Concat("ws", http.AsSpan("http".Length)));
    }
}

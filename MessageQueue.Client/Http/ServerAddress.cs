using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace MessageQueue.Client.Http;

/// <summary>The address of a server, and the token that it asks for.</summary>
/// <param name="Root">
/// The address without a slash at the end, such as <c>http://127.0.0.1:8080</c> or <c>https://example.com/events</c>.
/// </param>
/// <param name="Token">The token; null for none.</param>
internal sealed record ServerAddress(string Root, string? Token)
{
    /// <summary>The token as a header; null where there is none, or where it has characters that no header may have.</summary>
    public string? Bearer => IsHeaderValue ? Token : null;

    private bool IsHeaderValue => Token is not null && Token.All(static c => c is > ' ' and < (char)0x7F);

    /// <summary>Reads an address: <c>http</c>, <c>https</c>, <c>ws</c> or <c>wss</c>, without port 0 and without a query.</summary>
    public static bool TryParse(string url, string? token, [NotNullWhen(true)] out ServerAddress? address)
    {
        address = null;
        if (!Uri.TryCreate(url, UriKind.Absolute, out Uri? uri) || uri.Scheme is not ("http" or "https" or "ws" or "wss"))
        {
            return false;
        }

        if (uri.Query.Length > 0 || uri.Fragment.Length > 0 || uri.Port == 0)
        {
            return false;
        }

        string scheme = uri.Scheme is "https" or "wss" ? "https" : "http";
        var root = new UriBuilder(uri) { Scheme = scheme, Port = uri.IsDefaultPort ? -1 : uri.Port };
        address = new ServerAddress(root.Uri.AbsoluteUri.TrimEnd('/'), token);
        return true;
    }

    /// <summary>Returns the address of a request.</summary>
    /// <param name="path">A namespace, or a path of the server.</param>
    /// <param name="query">Names and values of the query; values that are null are left out.</param>
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
}

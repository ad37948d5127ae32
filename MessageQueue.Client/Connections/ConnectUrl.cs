using System.Text;

namespace MessageQueue.Client.Connections;

/// <summary>The address of a server with its namespace, for WebSockets.</summary>
internal static class ConnectUrl
{
    // Kestrel takes request lines of 8 KiB. Rooms beyond this are joined by messages.
    private const int MaxRoomsLength = 4000;

    /// <summary>Reads an address.</summary>
    /// <exception cref="ArgumentException">It is not one.</exception>
    public static Uri Parse(string url)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out Uri? uri) || uri.Scheme is not ("http" or "https" or "ws" or "wss")
            || uri.Query.Length > 0 || uri.Fragment.Length > 0 || uri.Port == 0)
        {
            throw new ArgumentException(
                $"Url: '{url}' is not a server's address; use http://HOST:PORT/NAMESPACE, for example http://127.0.0.1:8080/chat");
        }

        string scheme = uri.Scheme is "https" or "wss" ? "wss" : "ws";
        return new UriBuilder(uri) { Scheme = scheme, Port = uri.IsDefaultPort ? -1 : uri.Port }.Uri;
    }

    /// <summary>Whether a token can be sent in a header.</summary>
    public static bool IsHeaderValue(string token) => token.Length > 0 && token.All(static c => c is > ' ' and < (char)0x7F);

    /// <summary>Adds parameters; those that are null are left out.</summary>
    public static Uri WithQuery(Uri url, IEnumerable<(string Name, string? Value)> query)
    {
        StringBuilder text = new(url.AbsoluteUri);
        char separator = '?';
        foreach ((string name, string? value) in query)
        {
            if (value is not null)
            {
                text.Append(separator).Append(name).Append('=').Append(Uri.EscapeDataString(value));
                separator = '&';
            }
        }

        return new Uri(text.ToString());
    }

    /// <summary>Splits rooms into those that fit into an address and the others.</summary>
    public static (IReadOnlyList<string> Fitting, IReadOnlyList<string> Others) Split(IReadOnlyCollection<string> rooms)
    {
        int length = 0;
        List<string> fitting = [], others = [];
        foreach (string room in rooms)
        {
            length += Uri.EscapeDataString(room).Length + 6;
            (length <= MaxRoomsLength ? fitting : others).Add(room);
        }

        return (fitting, others);
    }
}

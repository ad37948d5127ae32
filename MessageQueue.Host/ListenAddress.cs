using System.Diagnostics.CodeAnalysis;
using System.Net;
using Microsoft.AspNetCore.Http;

namespace MessageQueue.Host;

/// <summary>An address to listen on, as Kestrel reads it.</summary>
internal sealed class ListenAddress
{
    private readonly BindingAddress _address;

    private ListenAddress(BindingAddress address) => _address = address;

    /// <summary>
    /// Whether only this machine can reach the address. False for host names: Kestrel binds all but <c>localhost</c> to all addresses.
    /// </summary>
    public bool IsLoopback =>
        IsLocalhost(_address)
        || (IPAddress.TryParse(_address.Host, out IPAddress? ip) && IPAddress.IsLoopback(ip));

    /// <summary>The HOST:PORT that a client on this machine connects to.</summary>
    public string Authority => $"{(IsWildcard ? "127.0.0.1" : _address.Host)}:{_address.Port}";

    private bool IsWildcard => _address.Host is "*" or "+"
        || (IPAddress.TryParse(_address.Host, out IPAddress? ip) && (ip.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any)));

    /// <summary>Whether clients connect with TLS.</summary>
    public bool Encrypts => _address.Scheme.Equals("https", StringComparison.OrdinalIgnoreCase);

    /// <summary>The address that a client on this machine connects to, without a slash at the end.</summary>
    public string ClientUrl => $"{(Encrypts ? "https" : "http")}://{Authority}";

    /// <summary>Reads <c>http://HOST:PORT</c> or <c>https://HOST:PORT</c>; false for anything else.</summary>
    public static bool TryParse(string url, [NotNullWhen(true)] out ListenAddress? address)
    {
        address = null;
        try
        {
            BindingAddress parsed = BindingAddress.Parse(url);
            // Kestrel takes a port that is not a number as part of the host, and a path as its path base.
            bool isPlain = IsHttp(parsed.Scheme) && !parsed.IsUnixPipe && !parsed.IsNamedPipe
                && parsed.PathBase.Length == 0 && parsed.Port is >= 0 and <= IPEndPoint.MaxPort;
            // localhost is two sockets, IPv4 and IPv6, for which the system cannot choose one free port.
            bool isFindable = parsed.Port != 0 || !IsLocalhost(parsed);
            if (isPlain && isFindable && IsHost(parsed.Host))
            {
                address = new ListenAddress(parsed);
            }
        }
        catch (FormatException)
        {
            // BindingAddress has no TryParse.
        }

        return address is not null;
    }

    private static bool IsHttp(string scheme) =>
        scheme.Equals("http", StringComparison.OrdinalIgnoreCase) || scheme.Equals("https", StringComparison.OrdinalIgnoreCase);

    private static bool IsLocalhost(BindingAddress address) => address.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase);

    private static bool IsHost(string host) => host is "*" or "+" || Uri.CheckHostName(host) != UriHostNameType.Unknown;
}

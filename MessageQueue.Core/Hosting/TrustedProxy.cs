using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.HttpOverrides;
using IPNetwork = System.Net.IPNetwork;

namespace MessageQueue.Hosting;

/// <summary>Reads <see cref="MessageQueueOptions.TrustedProxies"/>.</summary>
internal static class TrustedProxy
{
    /// <summary>Reads an address, as a network of one, or a network.</summary>
    public static bool TryParse(string text, out IPNetwork network)
    {
        // The parser also takes a number alone, such as 10 for 0.0.0.10.
        if (IPAddress.TryParse(text, out IPAddress? address) && (text.Contains(':') || text.Count(c => c == '.') == 3))
        {
            network = new IPNetwork(address, address.GetAddressBytes().Length * 8);
            return true;
        }

        return IPNetwork.TryParse(text, out network);
    }

    /// <summary>
    /// Returns what the framework has to take from these proxies. The headers are read from their ends on, up to the first address that is
    /// not one of theirs: what stands before it is the client's own word.
    /// </summary>
    public static ForwardedHeadersOptions Headers(IEnumerable<string> proxies)
    {
        ForwardedHeadersOptions headers = new()
        {
            ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto,
            ForwardLimit = null,
        };
        // By default everybody on this machine is trusted.
        headers.KnownIPNetworks.Clear();
        headers.KnownProxies.Clear();
        foreach (string proxy in proxies)
        {
            if (TryParse(proxy, out IPNetwork network))
            {
                headers.KnownIPNetworks.Add(network);
            }
        }

        return headers;
    }
}

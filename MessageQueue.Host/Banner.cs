using MessageQueue.Host.Settings;

namespace MessageQueue.Host;

/// <summary>What the host says when it is ready. Scripts and tests read these lines: keep their form.</summary>
internal static class Banner
{
    /// <summary>The lines.</summary>
    /// <param name="url">Where the server really listens.</param>
    /// <param name="settings">What it was started with.</param>
    public static IEnumerable<string> Lines(string url, HostSettings settings)
    {
        Durability durability = settings.Server.Durability;
        string place = durability == Durability.Memory ? "memory, nothing on disk" : settings.Server.DataDirectory;
        string authority = ListenAddress.TryParse(url, out ListenAddress? address) ? address.Authority : new Uri(url).Authority;
        // A placeholder: the token would otherwise end up in terminals' and process managers' histories.
        string token = settings.Token is null ? "" : "&token=TOKEN";

        yield return $"Listening on {url}";
        yield return $"Storing in {place} ({durability.ToString().ToLowerInvariant()})";
        yield return $"Try it: npx wscat -c 'ws://{authority}/?session=me&room=lobby{token}'";
    }
}

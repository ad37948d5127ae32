using MessageQueue.Host.Settings;

namespace MessageQueue.Host;

/// <summary>The lines that the host prints when it is ready. Scripts and tests read them: keep their form.</summary>
internal static class Banner
{
    /// <summary>Returns the lines.</summary>
    /// <param name="url">The address that the server listens on, with the port that it got.</param>
    /// <param name="settings">The settings that it was started with.</param>
    public static IEnumerable<string> Lines(string url, HostSettings settings)
    {
        Durability durability = settings.Server.Durability;
        string place = durability == Durability.Memory ? "memory, nothing on disk" : settings.Server.DataDirectory;
        string client = ListenAddress.TryParse(url, out ListenAddress? address) ? address.ClientUrl : url;
        // A placeholder: the token itself would end up in the logs of terminals and process managers.
        string token = settings.Token is null && !settings.HasUserTokens ? "" : "&token=TOKEN";

        yield return $"Listening on {url}";
        yield return $"Storing in {place} ({durability.ToString().ToLowerInvariant()})";
        if (!settings.NoPage)
        {
            yield return $"Open it: {client}/";
        }

        // ws for http, wss for https.
        yield return $"Try it: npx wscat -c 'ws{client["http".Length..]}/?session=me&room=lobby{token}'";
    }
}

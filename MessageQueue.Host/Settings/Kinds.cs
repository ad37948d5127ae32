using System.Globalization;
using System.Numerics;
using System.Text;

namespace MessageQueue.Host.Settings;

/// <summary>The kinds of values that settings have.</summary>
internal static class Kinds
{
    /// <summary>Any text that is not empty: an empty value is one that somebody forgot to fill in.</summary>
    public static ValueKind<string> Text(string placeholder) =>
        new(placeholder, "any text that is not empty", (string text, out string value) => (value = text).Length > 0, value => value);

    /// <summary>A secret to sign tokens with. HS256 needs one that is as long as its hash.</summary>
    public static ValueKind<string> Secret(string placeholder) => new(
        placeholder, "at least 32 bytes, for example from: openssl rand -base64 32",
        (string text, out string value) => Encoding.UTF8.GetByteCount(value = text) >= 32, value => value);

    /// <summary>The address of a JSON Web Key Set.</summary>
    public static ValueKind<string> Jwks { get; } = new(
        "URL", "https://…, or http:// on this machine", (string text, out string value) => IsSafe(value = text), value => value);

    /// <summary>True or false.</summary>
    public static ValueKind<bool> Flag { get; } = new("true|false", "true or false", bool.TryParse, value => value ? "true" : "false");

    /// <summary>One address to listen on.</summary>
    public static ValueKind<string> Url { get; } = new(
        "URL",
        "http://HOST:PORT or https://HOST:PORT, for example http://127.0.0.1:8080",
        (string text, out string value) => ListenAddress.TryParse(value = text, out _),
        value => value);

    /// <summary>An origin, as browsers send it, or <c>*</c>.</summary>
    public static ValueKind<string> Origin { get; } =
        new("ORIGIN", "SCHEME://HOST[:PORT], for example https://app.example.com, or *", TryParseOrigin, value => value);

    /// <summary>A whole number within bounds.</summary>
    public static ValueKind<T> Number<T>(T least, T most)
        where T : IBinaryInteger<T> =>
        new(
            "N",
            string.Create(CultureInfo.InvariantCulture, $"a whole number from {least} to {most}"),
            (string text, out T value) =>
                T.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value!)
                && value >= least && value <= most,
            value => value.ToString(null, CultureInfo.InvariantCulture));

    /// <summary>A value of an enumeration, in lower case.</summary>
    /// <param name="placeholder">The placeholder in the help; null for a list of the values.</param>
    public static ValueKind<T> OneOf<T>(string? placeholder = null)
        where T : struct, Enum
    {
        string[] names = [.. Enum.GetNames<T>().Select(name => name.ToLowerInvariant())];
        return new(
            placeholder ?? string.Join('|', names),
            string.Join(", ", names[..^1]) + " or " + names[^1],
            // Enum.TryParse alone would accept numbers too.
            (string text, out T value) => Enum.TryParse(text, ignoreCase: true, out value) & names.Contains(text.ToLowerInvariant()),
            value => value.ToString().ToLowerInvariant());
    }

    private static bool IsSafe(string url) => Uri.TryCreate(url, UriKind.Absolute, out Uri? uri)
        && (uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback));

    private static bool TryParseOrigin(string text, out string value)
    {
        value = text;
        // Compared as text with the origin that the browser sends, which has no path, no trailing slash and no default port.
        return text == "*"
            || (Uri.TryCreate(text, UriKind.Absolute, out Uri? uri)
                && uri.Host.Length > 0
                && uri.GetLeftPart(UriPartial.Authority) == text);
    }
}

using System.Text;
using System.Text.Json;

namespace MessageQueue.Tokens;

/// <summary>
/// Names that a token allows: each as it is, or with <c>*</c> at its end, which stands for any characters or none. Immutable.
/// </summary>
internal sealed class NamePatterns
{
    private readonly (byte[] Text, bool IsPrefix)[] _patterns;

    private NamePatterns((byte[], bool)[] patterns) => _patterns = patterns;

    /// <summary>Allows nothing.</summary>
    public static NamePatterns None { get; } = new([]);

    /// <summary>The name, if it is the only one that is allowed; null if there are others or none.</summary>
    public string? Only => _patterns is [(byte[] text, false)] ? Encoding.UTF8.GetString(text) : null;

    /// <summary>Returns patterns.</summary>
    public static NamePatterns Of(params IEnumerable<string> patterns) =>
        new([.. patterns.Select(static pattern => pattern.EndsWith('*')
            ? (Encoding.UTF8.GetBytes(pattern[..^1]), true)
            : (Encoding.UTF8.GetBytes(pattern), false))]);

    /// <summary>Returns the pattern of one name, in which <c>*</c> has no meaning.</summary>
    public static NamePatterns OfName(string name) => new([(Encoding.UTF8.GetBytes(name), false)]);

    /// <summary>Reads a claim: a string or an array of strings. Returns false if it is something else.</summary>
    public static bool TryRead(JsonElement claim, out NamePatterns patterns)
    {
        patterns = None;
        if (claim.ValueKind == JsonValueKind.String)
        {
            patterns = Of(claim.GetString()!);
            return true;
        }

        if (claim.ValueKind != JsonValueKind.Array || claim.EnumerateArray().Any(static entry => entry.ValueKind != JsonValueKind.String))
        {
            return false;
        }

        patterns = Of(claim.EnumerateArray().Select(static entry => entry.GetString()!));
        return true;
    }

    /// <summary>Returns whether a name is allowed.</summary>
    public bool Allows(string name) => Allows(Encoding.UTF8.GetBytes(name));

    /// <summary>Returns whether a name, UTF-8, is allowed. Allocates nothing.</summary>
    public bool Allows(ReadOnlySpan<byte> name)
    {
        foreach ((byte[] text, bool isPrefix) in _patterns)
        {
            if (isPrefix ? name.StartsWith(text) : name.SequenceEqual(text))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// As <see cref="Allows(ReadOnlySpan{byte})"/> for a room or another target of an emit. A <c>*</c> does not reach sessions and dead
    /// letters by accident: for <c>@NAME</c> and <c>dead:NAME</c>, only patterns that begin in the same way count.
    /// </summary>
    public bool AllowsTarget(ReadOnlySpan<byte> name)
    {
        ReadOnlySpan<byte> start = name.StartsWith("@"u8) ? "@"u8 : name.StartsWith("dead:"u8) ? "dead:"u8 : default;
        foreach ((byte[] text, bool isPrefix) in _patterns)
        {
            if (isPrefix ? text.AsSpan().StartsWith(start) && name.StartsWith(text) : name.SequenceEqual(text))
            {
                return true;
            }
        }

        return false;
    }
}

using MessageQueue.Protocol.Parsing;

namespace MessageQueue.Protocol;

/// <summary>From the path of a request, or the argument of <c>Of</c>, to the name of a namespace.</summary>
internal static class NamespacePath
{
    /// <summary>The namespace of those who name none.</summary>
    public const string Default = "/";

    /// <summary>Where Socket.IO clients connect to; it and what is below it cannot be a namespace.</summary>
    public const string Reserved = "/socket.io";

    /// <summary>Where operators ask; it and what is below it cannot be a namespace either.</summary>
    public const string Operating = "/-";

    /// <summary>The length of the longest name in code points, its first slash included.</summary>
    public const int MaxCharacters = 255;

    /// <summary>
    /// The name starts with a slash and does not end with one, unless it is <see cref="Default"/>. It is case-sensitive, and taken as it is
    /// otherwise: <c>/a//b</c> and <c>/a/b</c> are two namespaces.
    /// </summary>
    /// <param name="path">The path after what the server is mapped to, without URL encoding; empty is the default namespace.</param>
    /// <param name="name">The name; <see cref="Default"/> when false is returned.</param>
    /// <param name="error">What is wrong, at most 123 bytes of ASCII; null if nothing is.</param>
    public static bool TryParse(ReadOnlySpan<char> path, out string name, out string? error)
    {
        ReadOnlySpan<char> trimmed = path.TrimEnd('/');
        error = Check(path, trimmed);
        name = error is not null || trimmed.IsEmpty ? Default : trimmed.ToString();
        return error is null;
    }

    private static string? Check(ReadOnlySpan<char> path, ReadOnlySpan<char> trimmed)
    {
        if (path is not ([] or ['/', ..]))
        {
            return "the namespace has to start with a slash";
        }

        if (IsBelow(trimmed, Reserved))
        {
            return "the namespace /socket.io is reserved";
        }

        if (IsBelow(trimmed, Operating))
        {
            return "the namespace /- is reserved";
        }

        return Names.CheckLength(trimmed, MaxCharacters) is FieldState.TooLong or FieldState.NotUnicode
            ? "the namespace has to be 1 to 255 characters of Unicode"
            : null;
    }

    /// <summary>Returns whether this is the path of an operator's request: <see cref="Operating"/> or below it.</summary>
    public static bool IsOperating(ReadOnlySpan<char> path) => IsBelow(path, Operating);

    private static bool IsBelow(ReadOnlySpan<char> path, string root) =>
        path.StartsWith(root) && (path.Length == root.Length || path[root.Length] == '/');
}

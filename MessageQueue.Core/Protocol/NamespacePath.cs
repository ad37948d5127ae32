using MessageQueue.Protocol.Parsing;

namespace MessageQueue.Protocol;

/// <summary>Converts the path of a request, or the argument of <c>Of</c>, to the name of a namespace.</summary>
internal static class NamespacePath
{
    /// <summary>The namespace that is used when none is named.</summary>
    public const string Default = "/";

    /// <summary>The path to which Socket.IO clients connect. It cannot be a namespace, and no path below it can.</summary>
    public const string Reserved = "/socket.io";

    /// <summary>The path of operators' requests. It cannot be a namespace, and no path below it can.</summary>
    public const string Operating = "/-";

    /// <summary>The length of the longest name in code points, including its first slash.</summary>
    public const int MaxCharacters = 255;

    /// <summary>
    /// Reads the name of a namespace. A name starts with a slash and does not end with one, unless it is <see cref="Default"/>. It is
    /// case-sensitive and used unchanged: <c>/a//b</c> and <c>/a/b</c> are two namespaces.
    /// </summary>
    /// <param name="path">
    /// The path after the one to which the server is mapped, without URL encoding; empty means the default namespace.
    /// </param>
    /// <param name="name">The name; <see cref="Default"/> when false is returned.</param>
    /// <param name="error">The error, at most 123 bytes of ASCII; null if there is none.</param>
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

    /// <summary>Returns whether this is the path of an operator's request: <see cref="Operating"/> or a path below it.</summary>
    public static bool IsOperating(ReadOnlySpan<char> path) => IsBelow(path, Operating);

    private static bool IsBelow(ReadOnlySpan<char> path, string root) =>
        path.StartsWith(root) && (path.Length == root.Length || path[root.Length] == '/');
}

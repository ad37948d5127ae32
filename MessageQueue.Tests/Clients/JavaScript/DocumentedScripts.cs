using System.Text.RegularExpressions;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Clients.JavaScript;

/// <summary>JavaScript of the pages, made runnable by Node.</summary>
internal static partial class DocumentedScripts
{
    private static readonly string Packages = RepositoryRoot.Combine("MessageQueue.Tests", "node", "node_modules");

    /// <summary>Returns the one block of a page that contains a text.</summary>
    public static string Find(string page, string text) => Block().Matches(File.ReadAllText(RepositoryRoot.Combine(page)))
        .Select(match => match.Groups[1].Value)
        .Single(code => code.Contains(text, StringComparison.Ordinal));

    /// <summary>Writes a script where it finds the client and the packages of the tests, and returns its address.</summary>
    /// <param name="directory">Where to.</param>
    /// <param name="script">The script.</param>
    public static string Write(TemporaryDirectory directory, string script)
    {
        string path = directory.Combine("script.mjs");
        File.CreateSymbolicLink(directory.Combine("node_modules"), Packages);
        File.WriteAllText(path, Import().Replace(script, $"from \"{new Uri(NodeClient.Module).AbsoluteUri}\""));
        return path;
    }

    [GeneratedRegex("^```js\n(.*?)^```$", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Block();

    [GeneratedRegex("from \"(messagequeue-client|[^\"]*/messagequeue\\.js)\"")]
    private static partial Regex Import();
}

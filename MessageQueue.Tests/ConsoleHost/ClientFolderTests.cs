using System.Reflection;
using System.Text.RegularExpressions;
using MessageQueue.Host.Client;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.ConsoleHost;

/// <summary>The client in MessageQueue.Host/Client can become a package: it uses neither the rest of the host nor the server.</summary>
internal sealed partial class ClientFolderTests
{
    private static readonly Assembly Host = typeof(ServerClient).Assembly;

    [Test]
    public void The_client_uses_no_type_of_the_host_or_the_server()
    {
        HashSet<string> others =
        [
            .. Host.GetTypes().Where(type => type.Namespace != typeof(ServerClient).Namespace).Select(NameOf),
            .. typeof(MessageQueueServer).Assembly.GetExportedTypes().Select(NameOf),
        ];
        // Names of properties and methods here that are also names of types elsewhere.
        others.ExceptWith(["Namespace", "Session", "TryParse", "ValueKind"]);
        string[] files = Directory.GetFiles(RepositoryRoot.Combine("MessageQueue.Host", "Client"), "*.cs");

        IEnumerable<string> used = files.SelectMany(path =>
            Words(path).Where(others.Contains).Select(word => $"{word} in {Path.GetFileName(path)}"));

        files.Should().NotBeEmpty();
        used.Should().BeEmpty();
    }

    private static string NameOf(Type type) => type.Name.Split('`')[0];

    private static IEnumerable<string> Words(string path) => File.ReadLines(path)
        .Where(line => !line.TrimStart().StartsWith("//", StringComparison.Ordinal))
        .SelectMany(line => Word().Matches(Text().Replace(line, "")))
        .Select(match => match.Value);

    [GeneratedRegex("\"[^\"]*\"")]
    private static partial Regex Text();

    [GeneratedRegex("[A-Za-z_][A-Za-z0-9_]*")]
    private static partial Regex Word();
}

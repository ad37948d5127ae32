namespace MessageQueue.Tests.Infrastructure;

/// <summary>Reads the project's documents.</summary>
internal static class Documents
{
    /// <summary>Pages for users and contributors: those of the root, and docs/*.md.</summary>
    public static IReadOnlyList<string> Pages { get; } =
    [
        .. Directory.GetFiles(RepositoryRoot.Path, "*.md"),
        .. Directory.GetFiles(RepositoryRoot.Combine("docs"), "*.md"),
    ];

    /// <summary>The pages with tables that tests check. They are beside the tests.</summary>
    public static IReadOnlyList<string> Tables { get; } =
        Directory.GetFiles(RepositoryRoot.Combine("MessageQueue.Tests", "Conformance"), "*.md");

    /// <summary>Returns the lines of a page of <see cref="Tables"/> that are rows of a table, headers included.</summary>
    public static IEnumerable<string> Rows(string page) =>
        File.ReadLines(Tables.Single(path => Path.GetFileName(path) == page))
            .Where(line => line.StartsWith("| ", StringComparison.Ordinal));
}

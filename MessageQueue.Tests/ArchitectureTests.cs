using System.Text.RegularExpressions;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests;

/// <summary>The folders of the libraries refer to each other in one direction only, as the table in docs/architecture.md says.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed partial class ArchitectureTests
{
    private const string Root = "(root)";

    // Each library, and what stands before its folders in the table, as in its namespaces.
    private static readonly (string Library, string Prefix)[] Libraries =
        [("MessageQueue.Core", ""), ("MessageQueue.SocketIO", "SocketIO/")];

    // Each folder, and the folders that it may refer to.
    private static readonly Dictionary<string, string[]> Table = ReadTable();

    // For every file: its own row, and the rows of the namespaces that it uses.
    private static readonly (string File, string Row, string[] Used)[] Files = ReadFiles();

    [TestCaseSource(nameof(Rows))]
    public void A_folder_refers_only_to_what_its_row_names(string row)
    {
        string[] allowed = [row, Root, .. Table[row]];

        IEnumerable<string> wrong = Files.Where(file => file.Row == row)
            .SelectMany(
                file => file.Used.Except(allowed).Where(used => !IsParent(used, row)).Select(used => $"{file.File} refers to {used}"));

        wrong.Should().BeEmpty();
    }

    [Test]
    public void Every_row_is_a_folder_and_every_folder_has_a_row()
    {
        Table.Keys.Where(row => row != Root && !Directory.Exists(FolderOf(row))).Should().BeEmpty();
        Table.Values.SelectMany(row => row).Where(folder => !Table.ContainsKey(folder)).Should().BeEmpty();
        Files.Where(file => file.Row == Root && file.File.Contains('/', StringComparison.Ordinal)).Should().BeEmpty();
    }

    [Test]
    public void No_two_folders_may_refer_to_each_other()
    {
        // Removes folders that refer to none of the remaining ones until there is no such folder. The rest refer to each other in a circle.
        Dictionary<string, string[]> left = Table.Where(row => row.Key != Root).ToDictionary();
        while (left.FirstOrDefault(row => !row.Value.Any(left.ContainsKey)).Key is { } free)
        {
            left.Remove(free);
        }

        left.Keys.Should().BeEmpty();
    }

    private static IEnumerable<string> Rows() => Table.Keys.Where(row => row != Root);

    private static bool IsParent(string row, string of) => of.StartsWith(row + "/", StringComparison.Ordinal);

    private static string FolderOf(string row)
    {
        (string library, string prefix) = Libraries.Last(library => (row + "/").StartsWith(library.Prefix, StringComparison.Ordinal));
        return RepositoryRoot.Combine(library, (row + "/")[prefix.Length..]);
    }

    private static Dictionary<string, string[]> ReadTable()
    {
        string layers = File.ReadAllText(RepositoryRoot.Combine("docs", "architecture.md")).Split("\n## ")
            .Single(section => section.StartsWith("Layers", StringComparison.Ordinal));
        return layers.Split('\n')
            .Where(line => line.StartsWith("| `", StringComparison.Ordinal) || line.StartsWith("| (root)", StringComparison.Ordinal))
            .Select(line => line.Split('|', StringSplitOptions.TrimEntries))
            .ToDictionary(cells => cells[1].Trim('`').TrimEnd('/'), cells => Folders(cells[3]));
    }

    private static string[] Folders(string cell) => [.. Folder().Matches(cell).Select(match => match.Value)];

    private static (string File, string Row, string[] Used)[] ReadFiles()
    {
        List<(string, string, string[])> files = [];
        foreach ((string library, string prefix) in Libraries)
        {
            foreach (string file in SourceFiles.In(library))
            {
                IEnumerable<string> used = Using().Matches(File.ReadAllText(RepositoryRoot.Combine(library, file)))
                    .Select(match => RowOf(match.Groups[1].Value.Replace('.', '/')));
                string row = RowOf(Path.GetDirectoryName(prefix + file)!.Replace('\\', '/'));
                files.Add((prefix + file, row, [.. used.Distinct()]));
            }
        }

        return [.. files];
    }

    // Returns the most specific row that contains the folder, or the type that a `using static` names.
    private static string RowOf(string folder)
    {
        for (string row = folder; row.Length > 0; row = row[..Math.Max(0, row.LastIndexOf('/'))])
        {
            if (Table.ContainsKey(row))
            {
                return row;
            }
        }

        return Root;
    }

    [GeneratedRegex(@"^\s*(?:global )?using (?:static )?(?:\w+ = )?MessageQueue\.([\w.]+)", RegexOptions.Multiline)]
    private static partial Regex Using();

    [GeneratedRegex(@"[A-Z]\w*(?:/[A-Z]\w*)?")]
    private static partial Regex Folder();
}

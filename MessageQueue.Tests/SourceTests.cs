using System.Globalization;
using System.Text.RegularExpressions;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests;

/// <summary>Lines have a limited length, and folders a limited number of files, so that the source is easy to read.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed partial class SourceTests
{
    // A list of this length can be read at a glance. A larger folder probably holds more than one subject.
    private const int MaxFilesPerFolder = 26;

    // From .editorconfig, because dotnet format does not check this setting.
    private static readonly int MaxLineLength = int.Parse(
        Setting().Match(File.ReadAllText(RepositoryRoot.Combine(".editorconfig"))).Groups[1].ValueSpan, CultureInfo.InvariantCulture);

    [TestCase("MessageQueue.Benchmarks")]
    [TestCase("MessageQueue.Client")]
    [TestCase("MessageQueue.Client.DependencyInjection")]
    [TestCase("MessageQueue.Core")]
    [TestCase("MessageQueue.SocketIO")]
    [TestCase("MessageQueue.Host")]
    [TestCase("MessageQueue.Tests")]
    [TestCase("samples")]
    public void No_line_is_longer_than_the_editor_config_allows(string folder)
    {
        string[] files = [.. SourceFiles.In(folder)];

        files.Should().NotBeEmpty();
        files.SelectMany(file => LongLines(folder, file)).Should().BeEmpty("a line has at most {0} columns", MaxLineLength);
    }

    [TestCase("MessageQueue.Core")]
    [TestCase("MessageQueue.SocketIO")]
    public void No_folder_of_a_library_has_too_many_files(string library)
    {
        // Without the root: its files are the public API, a file for each type of the one namespace that users see.
        IEnumerable<string> folders = SourceFiles.In(library).Select(file => Path.GetDirectoryName(file)!)
            .Where(folder => folder.Length > 0);

        folders.CountBy(folder => folder).Where(folder => folder.Value > MaxFilesPerFolder)
            .Should().BeEmpty("a folder has at most {0} files", MaxFilesPerFolder);
    }

    private static IEnumerable<string> LongLines(string folder, string file) => File.ReadLines(RepositoryRoot.Combine(folder, file))
        .Index()
        .Where(line => line.Item.Length > MaxLineLength)
        .Select(line => $"{folder}/{file}:{line.Index + 1} has {line.Item.Length} columns");

    [GeneratedRegex(@"^\[\*\.cs\]$[^\[]*^max_line_length = (\d+)$", RegexOptions.Multiline)]
    private static partial Regex Setting();
}

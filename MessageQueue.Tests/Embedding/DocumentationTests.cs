using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using MessageQueue.SocketIO;
using MessageQueue.Tests.Infrastructure;
using Microsoft.Extensions.Logging;

namespace MessageQueue.Tests.Embedding;

/// <summary>The pages agree with the code, as far as a test can see.</summary>
internal sealed partial class DocumentationTests
{
    [Test]
    public void Code_in_the_pages_compiles()
    {
        string[] compiled = [.. Directory.GetFiles(RepositoryRoot.Combine("docs", "snippets"), "*.cs").SelectMany(Marked)];
        string[] shown = [.. Documents.Pages.SelectMany(Blocks)];

        shown.Should().NotBeEmpty().And.OnlyContain(block => compiled.Contains(block), "it stands in docs/snippets, between marks");
        compiled.Should().OnlyContain(snippet => shown.Contains(snippet), "nothing is there that the pages do not show");
    }

    [Test]
    public void The_README_leads_to_every_page()
    {
        string readme = File.ReadAllText(RepositoryRoot.Combine("README.md"));

        IEnumerable<string> others = Documents.Pages.Select(page => Path.GetRelativePath(RepositoryRoot.Path, page).Replace('\\', '/'))
            .Where(page => page != "README.md");

        readme.Should().ContainAll(others.Append("LICENSE").Select(page => $"]({page})"));
    }

    [Test]
    public void Contents_list_every_section_of_their_page()
    {
        string[] pages = [.. Documents.Pages.Select(File.ReadAllText).Where(text => Contents().IsMatch(text))];

        IEnumerable<string> missing = pages.SelectMany(text => Section().Matches(text)
            .Where(match => !text.Contains($"\n- [{match.Groups[1].Value}](#", StringComparison.Ordinal))
            .Select(match => match.Groups[1].Value));

        pages.Should().NotBeEmpty();
        missing.Should().BeEmpty();
    }

    [Test]
    public void Links_to_files_lead_to_existing_files()
    {
        IEnumerable<string> targets = Documents.Pages.Concat(Documents.Tables).SelectMany(page =>
            Link().Matches(File.ReadAllText(page)).Select(match => Path.GetFullPath(match.Groups[1].Value, Path.GetDirectoryName(page)!)));

        targets.Should().NotBeEmpty().And.OnlyContain(target => Path.Exists(target));
    }

    [Test]
    public void Links_to_headings_lead_to_headings()
    {
        IEnumerable<string> links =
            from page in Documents.Pages.Concat(Documents.Tables)
            from Match match in HeadingLink().Matches(File.ReadAllText(page))
            let target = match.Groups[1].Length == 0 ? page : Path.GetFullPath(match.Groups[1].Value, Path.GetDirectoryName(page)!)
            where !Anchors(target).Contains(match.Groups[2].Value)
            select $"{match.Groups[1]}#{match.Groups[2]} in {page}";

        links.Should().BeEmpty();
    }

    private static IEnumerable<TestCaseData> Options =>
    [
        new TestCaseData("embedding.md", new MessageQueueOptions()).SetArgDisplayNames("the server"),
        new TestCaseData("tokens.md", new TokenOptions()).SetArgDisplayNames("tokens"),
        new TestCaseData("socketio.md", new SocketIOOptions()).SetArgDisplayNames("Socket.IO"),
    ];

    [TestCaseSource(nameof(Options))]
    public void Every_option_is_documented_with_its_default(string page, object defaults)
    {
        string text = File.ReadAllText(RepositoryRoot.Combine("docs", page));

        IEnumerable<string> rows = defaults.GetType().GetProperties()
            .Select(option => $"\n| `{option.Name}` | {Format(option.GetValue(defaults))} |");

        rows.Should().OnlyContain(row => text.Contains(row, StringComparison.Ordinal));
    }

    [TestCase(typeof(MessageQueueServer), "embedding.md", "operating.md", "tokens.md")]
    [TestCase(typeof(SocketIOOptions), "socketio.md")]
    public void Every_public_type_and_member_is_documented(Type oneOfThem, params string[] pages)
    {
        string text = string.Concat(pages.Select(page => File.ReadAllText(RepositoryRoot.Combine("docs", page))));
        HashSet<string> words = [.. Word().Matches(text).Select(match => match.Value)];

        // Exceptions are documented with the members that throw them, and users never write the name of a class of extensions.
        IEnumerable<string> names = oneOfThem.Assembly.GetExportedTypes()
            .Where(type => !typeof(Exception).IsAssignableFrom(type))
            .SelectMany(type => type
                .GetMembers(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly)
                .Where(member => member is not (ConstructorInfo or MethodInfo { IsSpecialName: true })
                    && member.Name is not ("Deconstruct" or "Equals" or "GetHashCode" or "ToString" or "<Clone>$" or "value__"))
                .Select(member => member.Name)
                .Concat(type is { IsAbstract: true, IsSealed: true } ? [] : [type.Name.Split('`')[0]]))
            .Distinct();

        names.Where(name => !words.Contains(name)).Should().BeEmpty();
    }

    [Test]
    public void Every_log_entry_is_documented_with_its_level()
    {
        string text = File.ReadAllText(RepositoryRoot.Combine("docs", "operating.md"));

        text.Should().ContainAll(LogEntries().Select(entry => $"\n| {entry.EventId} | {entry.Level.ToString().ToLowerInvariant()} |"));
    }

    [Test]
    public void Log_entries_have_unique_ids() =>
        LogEntries().Select(entry => entry.EventId).Should().OnlyHaveUniqueItems().And.HaveCountGreaterThan(30);

    private static IEnumerable<LoggerMessageAttribute> LogEntries() =>
        new[] { typeof(MessageQueueServer), typeof(Host.CommandLine) }
            .SelectMany(type => type.Assembly.GetTypes())
            .SelectMany(type => type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic))
            .Select(method => method.GetCustomAttribute<LoggerMessageAttribute>())
            .OfType<LoggerMessageAttribute>();

    private static string Format(object? value) => value switch
    {
        int or long => string.Create(CultureInfo.InvariantCulture, $"{value:N0}"),
        TimeSpan time => time == Timeout.InfiniteTimeSpan ? "infinite" : time.ToString("c", CultureInfo.InvariantCulture),
        null or IList { Count: 0 } => "none",
        TimeProvider => "system",
        TokenOptions => "none",
        _ => value.ToString()!,
    };

    private static IEnumerable<string> Blocks(string path) =>
        CodeBlock().Matches(File.ReadAllText(path)).Select(match => match.Groups[1].Value);

    // As GitHub makes them: lower case, hyphens for spaces, without other punctuation.
    private static IEnumerable<string> Anchors(string path) =>
        File.ReadLines(path).Where(line => line.StartsWith('#'))
            .Select(line => Punctuation().Replace(line.TrimStart('#').Trim().ToLowerInvariant(), "").Replace(' ', '-'));

    private static IEnumerable<string> Marked(string path) =>
        Mark().Matches(File.ReadAllText(path)).Select(match => Unindent(match.Groups["code"].Value));

    private static string Unindent(string code)
    {
        string[] lines = code.Split('\n');
        int indent = lines.Where(line => line.Length > 0).Min(line => line.Length - line.TrimStart().Length);
        return string.Join('\n', lines.Select(line => line.Length > indent ? line[indent..] : ""));
    }

    // Links to the web and within the same page are not checked.
    [GeneratedRegex(@"\]\((?!https?:)([^)#]+)[^)]*\)")]
    private static partial Regex Link();

    [GeneratedRegex("^## (.+)$", RegexOptions.Multiline)]
    private static partial Regex Section();

    // A list of links into the page itself, before its first section.
    [GeneratedRegex(@"\A(?:(?!^## ).)*^- \[[^\]]+\]\(#", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Contents();

    [GeneratedRegex("[A-Za-z0-9_]+")]
    private static partial Regex Word();

    [GeneratedRegex(@"\]\((?!https?:)([^)#]*)#([^)]+)\)")]
    private static partial Regex HeadingLink();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex Punctuation();

    [GeneratedRegex("^```csharp\n(.*?)^```$", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex CodeBlock();

    [GeneratedRegex("^ *// <(?<name>[a-z-]+)>\n(?<code>.*?)^ *// </\\k<name>>$",
        RegexOptions.Singleline | RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Mark();
}

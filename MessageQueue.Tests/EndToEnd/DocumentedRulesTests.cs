using System.Reflection;
using System.Text.RegularExpressions;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.EndToEnd;

/// <summary>
/// protocol-rules.md names the tests that would fail without each rule of docs/protocol.md. Those tests exist.
/// </summary>
internal sealed partial class DocumentedRulesTests
{
    private static readonly HashSet<string> Tests =
    [
        .. typeof(DocumentedRulesTests).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
                .Where(method => method.GetCustomAttributes()
                    .Any(attribute => attribute is TestAttribute or TestCaseAttribute or TestCaseSourceAttribute))
                .Select(method => $"{type.Name}.{method.Name}")),
    ];

    private static string[] Rows =>
    [
        .. Documents.Rows("protocol-rules.md")
            .Where(line => !line.StartsWith("| rule ", StringComparison.Ordinal) && !line.StartsWith("| --- ", StringComparison.Ordinal)),
    ];

    [Test]
    public void Every_named_test_exists() => Rows.SelectMany(Names).Where(name => !Tests.Contains(name)).Should().BeEmpty();

    [Test]
    public void Every_rule_names_a_test()
    {
        Rows.Should().HaveCountGreaterThan(50);
        Rows.Where(row => !Names(row).Any()).Should().BeEmpty();
    }

    private static IEnumerable<string> Names(string row) => TestName().Matches(row).Select(match => match.Groups[1].Value);

    [GeneratedRegex("`([A-Za-z0-9]+Tests\\.[A-Za-z0-9_]+)`")]
    private static partial Regex TestName();
}

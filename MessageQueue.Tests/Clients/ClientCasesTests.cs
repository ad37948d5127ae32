using System.Reflection;
using System.Text.RegularExpressions;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Clients;

/// <summary>Every case of docs/clients.md is a test of each client, and has the case's name.</summary>
internal sealed partial class ClientCasesTests
{
    [TestCase("DotNet")]
    [TestCase("JavaScript")]
    public void Every_case_is_a_test_of_the_client(string client)
    {
        string[] cases = [.. Cases("What both clients do")];

        cases.Should().HaveCountGreaterThan(30).And.OnlyHaveUniqueItems();
        cases.Should().BeSubsetOf(TestsOf(client));
    }

    [TestCase("DotNet")]
    [TestCase("JavaScript")]
    public void Every_case_of_presence_is_a_test_of_the_client(string client) =>
        Cases("Presence and pauses").Should().NotBeEmpty().And.BeSubsetOf(TestsOf(client));

    [Test]
    public void Every_case_of_browsers_is_a_test() =>
        Cases("What the JavaScript client does in a browser").Should().NotBeEmpty().And.BeSubsetOf(TestsOf("JavaScript"));

    // The test of the case `resumes-session` is the method Resumes_session.
    private static IEnumerable<string> TestsOf(string client) => typeof(ClientCasesTests).Assembly.GetTypes()
        .Where(type => type.Namespace == $"{typeof(ClientCasesTests).Namespace}.{client}")
        .SelectMany(type => type.GetMethods())
        .Where(method => method.GetCustomAttributes().Any(attribute => attribute is TestAttribute or TestCaseAttribute))
        .Select(method => method.Name.ToLowerInvariant().Replace('_', '-'));

    private static IEnumerable<string> Cases(string heading) =>
        File.ReadAllText(RepositoryRoot.Combine("docs", "clients.md")).Split("\n## ")
            .Single(section => section.StartsWith(heading, StringComparison.Ordinal))
            .Split('\n')
            .Select(line => Case().Match(line))
            .Where(match => match.Success)
            .Select(match => match.Groups[1].Value);

    [GeneratedRegex("^\\| ([a-z][a-z0-9]*(?:-[a-z0-9]+)+) \\|")]
    private static partial Regex Case();
}

namespace MessageQueue.Tests.Infrastructure;

/// <summary>What tests read from the project's documents.</summary>
internal static class Documents
{
    /// <summary>The lines of docs/protocol.md between a heading of the second level and the next.</summary>
    public static IReadOnlyList<string> SectionOfProtocol(string heading)
    {
        string[] lines =
        [
            .. File.ReadLines(RepositoryRoot.Combine("docs", "protocol.md"))
                .SkipWhile(line => line != heading).Skip(1).TakeWhile(line => !line.StartsWith("## ", StringComparison.Ordinal)),
        ];
        lines.Should().NotBeEmpty("docs/protocol.md should have a section {0}", heading);
        return lines;
    }
}

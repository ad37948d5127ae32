using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.EndToEnd;

internal sealed class ReadmeTests
{
    [Test]
    public void Its_code_is_code_that_compiles()
    {
        string[] source = File.ReadAllLines(RepositoryRoot.Combine("MessageQueue.Tests", "EndToEnd", "EmbedExample.cs"));
        IEnumerable<string> example = source.SkipWhile(line => !line.Contains("<README>")).Skip(1).TakeWhile(line => !line.Contains("</README>"));
        string[] readme = File.ReadAllLines(RepositoryRoot.Combine("README.md"));
        IEnumerable<string> shown = readme.SkipWhile(line => line != "```csharp").Skip(1).TakeWhile(line => line != "```");

        shown.Should().Equal(example.Select(line => line[8..]));
    }
}

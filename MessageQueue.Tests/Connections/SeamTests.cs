using System.Text.RegularExpressions;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Connections;

/// <summary>The code below the interfaces for dialects knows no dialect, so that another one changes nothing there.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed partial class SeamTests
{
    [TestCase("Pipeline")]
    [TestCase("Delivery")]
    [TestCase("Commands")]
    [TestCase("Retention")]
    [TestCase("Snapshots")]
    [TestCase("State")]
    public void Nothing_below_the_seam_names_a_connection_of_a_dialect_or_a_frame(string folder)
    {
        string[] files = Directory.GetFiles(RepositoryRoot.Combine("MessageQueue.Core", folder), "*.cs", SearchOption.AllDirectories);
        files.Should().NotBeEmpty();

        files.Where(file => Dialects().IsMatch(File.ReadAllText(file))).Should().BeEmpty();
    }

    [GeneratedRegex(@"MessageQueue\.(Connections|Transport|Protocol\.Parsing)|ServerMessages|ClientRequest|WebSocketFrame|FrameBuilder")]
    private static partial Regex Dialects();
}

using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Clients.JavaScript;

/// <summary>The types of the JavaScript client.</summary>
internal sealed class TypeTests
{
    [Test]
    public async Task The_types_accept_what_is_right_and_refuse_what_is_wrong()
    {
        Requires.NodePackage("typescript");
        string node = RepositoryRoot.Combine("MessageQueue.Tests", "node");

        await using ChildProcess compiler = ChildProcess.Start(
            "node",
            [
                Path.Combine(node, "node_modules", "typescript", "bin", "tsc"),
                "--noEmit", "--strict", "--target", "es2022", "--module", "nodenext", "--lib", "es2022,dom",
                Path.Combine(node, "client-types.mts"),
            ]);

        (await compiler.ExitAsync()).Should().Be(0, "but the compiler says: {0}", compiler.Output);
    }
}

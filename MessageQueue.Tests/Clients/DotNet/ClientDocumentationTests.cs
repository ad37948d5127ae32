using System.Reflection;
using MessageQueue.Client;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Clients.DotNet;

/// <summary>docs/clients.md has all that the .NET client has.</summary>
internal sealed class ClientDocumentationTests
{
    private static readonly string Section = File.ReadAllText(RepositoryRoot.Combine("docs", "clients.md")).Split("\n## ")
        .Single(section => section.StartsWith("The .NET client", StringComparison.Ordinal));

    [Test]
    public void Every_option_is_documented() => Section.Should().ContainAll(Quoted(typeof(MessageQueueClientOptions)));

    [Test]
    public void Every_notice_is_documented() => Section.Should().ContainAll(Enum.GetNames<ClientNoticeKind>().Select(name => $"`{name}`"));

    [Test]
    public void Every_property_of_the_client_is_documented() => Section.Should().ContainAll(Quoted(typeof(MessageQueueClient)));

    [Test]
    public void Every_code_of_the_client_is_documented() => Section.Should().ContainAll(
        typeof(MessageQueueClientException).GetFields(BindingFlags.Public | BindingFlags.Static)
            .Select(field => $"`{field.GetRawConstantValue()}`"));

    private static IEnumerable<string> Quoted(Type type) => type
        .GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
        .Select(property => $"`{property.Name}`");
}

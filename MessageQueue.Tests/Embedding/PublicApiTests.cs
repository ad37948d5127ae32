using System.Reflection;
using System.Runtime.CompilerServices;
using System.Xml.Linq;
using MessageQueue.Client;
using MessageQueue.Hosting;
using MessageQueue.SocketIO;
using MessageQueue.Tests.Infrastructure;
using Microsoft.Extensions.DependencyInjection;

namespace MessageQueue.Tests.Embedding;

internal sealed class PublicApiTests
{
    private static readonly Assembly Library = typeof(MessageQueueServer).Assembly;

    private static readonly TestCaseData[] Libraries =
    [
        new TestCaseData(Library, "PublicApi.txt").SetArgDisplayNames("MessageQueue.Core"),
        new TestCaseData(typeof(SocketIOOptions).Assembly, "PublicApi.SocketIO.txt").SetArgDisplayNames("MessageQueue.SocketIO"),
        new TestCaseData(typeof(MessageQueueClient).Assembly, "PublicApi.Client.txt").SetArgDisplayNames("MessageQueue.Client"),
        new TestCaseData(typeof(MessageQueueClientServiceCollectionExtensions).Assembly, "PublicApi.Client.DependencyInjection.txt")
            .SetArgDisplayNames("MessageQueue.Client.DependencyInjection"),
    ];

    [TestCaseSource(nameof(Libraries))]
    public void The_public_API_is_the_reviewed_one(Assembly library, string file)
    {
        string path = RepositoryRoot.Combine("MessageQueue.Tests", file);
        string actual = PublicApi.Write(library);
        // To accept a change, run the tests with this variable set, and let somebody review the difference.
        if (Environment.GetEnvironmentVariable("UPDATE_PUBLIC_API") == "1")
        {
            File.WriteAllText(path, actual);
        }

        actual.Split('\n').Should().Equal(File.ReadAllLines(path).Append(""), "every change of it must be reviewed");
    }

    [TestCaseSource(nameof(Libraries))]
    public void All_public_members_are_documented(Assembly library, string _)
    {
        XDocument xml = XDocument.Load(Path.ChangeExtension(library.Location, "xml"));
        HashSet<string> documented = [.. xml.Descendants("member").Select(member => member.Attribute("name")!.Value)];

        library.GetExportedTypes().Select(type => $"T:{type.FullName}").Should().OnlyContain(name => documented.Contains(name));
    }

    [Test]
    public void Only_the_tests_the_benchmarks_and_the_other_dialect_see_its_internals() =>
        Library.GetCustomAttributes<InternalsVisibleToAttribute>().Select(friend => friend.AssemblyName)
            .Should().BeEquivalentTo("MessageQueue.Tests", "MessageQueue.Benchmarks", "MessageQueue.SocketIO");

    [Test]
    public void Every_plain_option_can_be_configured()
    {
        IEnumerable<string> notBindable = typeof(MessageQueueOptions).GetProperties()
            .Where(property => !OptionsBinding.IsBindable(property.PropertyType))
            .Where(property => !typeof(Delegate).IsAssignableFrom(property.PropertyType))
            .Select(property => property.Name);

        notBindable.Should().BeEquivalentTo("TimeProvider", "JsonSerializerOptions");
    }
}

using System.Reflection;
using System.Runtime.CompilerServices;
using System.Xml.Linq;
using MessageQueue.Hosting;
using MessageQueue.SocketIO;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Embedding;

internal sealed class PublicApiTests
{
    private static readonly Assembly Library = typeof(MessageQueueServer).Assembly;
    private static readonly Assembly SocketIO = typeof(SocketIOOptions).Assembly;

    private static IEnumerable<TestCaseData> Libraries =>
    [
        new TestCaseData("PublicApi.txt", Library).SetArgDisplayNames("the server"),
        new TestCaseData("PublicApi.SocketIO.txt", SocketIO).SetArgDisplayNames("Socket.IO"),
    ];

    [TestCaseSource(nameof(Libraries))]
    public void The_public_API_is_the_reviewed_one(string file, Assembly library)
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
    public void All_public_members_are_documented(string file, Assembly library)
    {
        _ = file;
        XDocument xml = XDocument.Load(Path.ChangeExtension(library.Location, "xml"));
        HashSet<string> documented = [.. xml.Descendants("member").Select(member => member.Attribute("name")!.Value)];

        library.GetExportedTypes().Select(type => $"T:{type.FullName}").Should().OnlyContain(name => documented.Contains(name));
    }

    [Test]
    public void Only_the_tests_and_the_other_dialect_see_its_internals() =>
        Library.GetCustomAttributes<InternalsVisibleToAttribute>().Select(friend => friend.AssemblyName)
            .Should().BeEquivalentTo("MessageQueue.Tests", "MessageQueue.SocketIO");

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

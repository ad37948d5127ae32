using System.IO.Compression;
using System.Reflection;
using System.Xml.Linq;
using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Deployment;

/// <summary>The packages, as users install them: from a feed, in a directory that knows nothing of this repository.</summary>
internal sealed class PackageTests
{
    // Restoring and compiling take long on a busy machine.
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    private const string Repository = "https://github.com/example/messagequeue";

    private static readonly string Configuration =
        typeof(PackageTests).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration;

    private static readonly string[] Libraries =
    [
        "MessageQueue.Events", "MessageQueue.Events.Client", "MessageQueue.Events.Client.DependencyInjection",
        "MessageQueue.Events.SocketIO",
    ];

    private TemporaryDirectory _directory = null!;

    private string Feed => _directory.Combine("feed");

    [OneTimeSetUp]
    public async Task PackAsync()
    {
        Requires.Bash();
        _directory = new TemporaryDirectory();
        // Of what is built already, by the script that releases are built with.
        await RunAsync("bash", [RepositoryRoot.Combine("scripts", "pack.sh"), "--no-build", $"-p:RepositoryUrl={Repository}.git"], new()
        {
            ["CONFIGURATION"] = Configuration,
            ["OUTPUT"] = Feed,
        });
        // Packages of the test must not stay behind among those of the user, where a later version of the same name would not replace them.
        // What others have published comes from there.
        string user = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        await File.WriteAllTextAsync(_directory.Combine("nuget.config"), $"""
            <configuration>
              <config><add key="globalPackagesFolder" value="packages" /></config>
              <packageSources><clear /><add key="feed" value="feed" /></packageSources>
              <fallbackPackageFolders><add key="user" value="{user}" /></fallbackPackageFolders>
            </configuration>
            """);
    }

    [OneTimeTearDown]
    public void Delete() => _directory?.Dispose();

    [Test]
    public void Each_package_has_a_README_an_icon_a_licence_and_symbols()
    {
        foreach (string id in Libraries.Append("MessageQueue.Events.Host"))
        {
            using ZipArchive package = Open(id);
            XElement metadata = Metadata(package);

            Text(metadata, "id").Should().Be(id);
            Text(metadata, "license").Should().Be("MIT");
            package.GetEntry(Text(metadata, "readme")).Should().NotBeNull();
            package.GetEntry(Text(metadata, "icon")).Should().NotBeNull();
            Text(metadata, "description").Should().NotContain("Package Description", "this is what NuGet writes if there is none");
            Directory.GetFiles(Feed, $"{id}.{Version(id)}.snupkg").Should().ContainSingle();
        }
    }

    [Test]
    public void Links_of_the_README_lead_to_the_repository_at_that_version()
    {
        using ZipArchive package = Open("MessageQueue.Events");
        using StreamReader reader = new(package.GetEntry("README.md")!.Open());
        string original = File.ReadAllText(RepositoryRoot.Combine("README.md"));

        string readme = reader.ReadToEnd();

        readme.Should().NotMatchRegex(@"\]\((?!https?:|#)");
        readme.Replace($"{Repository}/blob/v{Version("MessageQueue.Events")}/", "").Should().Be(original, "nothing else is changed");
    }

    [Test]
    public void Assemblies_keep_their_names_and_have_their_documentation()
    {
        using ZipArchive package = Open("MessageQueue.Events");

        package.Entries.Select(entry => entry.FullName).Should()
            .Contain("lib/net10.0/MessageQueue.Core.dll").And.Contain("lib/net10.0/MessageQueue.Core.xml");
    }

    [Test]
    public void The_dialect_of_Socket_IO_works_with_exactly_its_version_of_the_server()
    {
        using ZipArchive package = Open("MessageQueue.Events.SocketIO");

        XElement dependency = Metadata(package).Descendants().Single(element => element.Name.LocalName == "dependency");

        dependency.Attribute("id")!.Value.Should().Be("MessageQueue.Events");
        dependency.Attribute("version")!.Value.Should().Be($"[{Version("MessageQueue.Events")}]");
    }

    [Test]
    public async Task The_examples_of_the_README_run_from_the_packages_with_the_server_of_the_tool()
    {
        string version = Version("MessageQueue.Events");
        await DotNetAsync("tool", "install", "MessageQueue.Events.Host", "--tool-path", "tool", "--version", version);
        string project = _directory.Combine("app");
        Directory.CreateDirectory(project);
        await File.WriteAllTextAsync(Path.Combine(project, "app.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk.Web">
              <PropertyGroup>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
              </PropertyGroup>
              <ItemGroup>{string.Concat(Libraries.Select(id => $"""<PackageReference Include="{id}" Version="{version}" />"""))}</ItemGroup>
            </Project>
            """);
        await File.WriteAllTextAsync(Path.Combine(project, "Program.cs"), $$"""
            using MessageQueue;
            using MessageQueue.Client;
            CancellationToken cancellationToken = default;
            if (args is [string url])
            {
            {{Example("MessageQueueClient client")}}
            }
            else
            {
            {{Example("MessageQueueServer.StartAsync").Replace("127.0.0.1:8080", "127.0.0.1:0")
                .Replace("await server.Completion;", "Console.WriteLine($\"stored as {number}\");")}}
            }

            internal sealed record Order(string Item, int Count);
            """);
        await DotNetAsync("build", project, "--nologo");
        string app = Path.Combine(project, "bin", "Debug", "net10.0", "app.dll");

        await using (ChildProcess embedded = ChildProcess.Start("dotnet", [app], workingDirectory: _directory.FullName))
        {
            (await embedded.ExitAsync()).Should().Be(0, embedded.Error.ToString());
            embedded.Output.ToString().Should().MatchRegex(@"^stored as \d+$");
        }

        await using ChildProcess server = ChildProcess.Start(
            _directory.Combine(Path.Combine("tool", "mq")), ["--url", "http://127.0.0.1:0", "--data", _directory.Combine("served")]);
        string listening = await server.Output.NextAsync(line => line.StartsWith("Listening on ", StringComparison.Ordinal), "the address");
        await using ChildProcess client = ChildProcess.Start("dotnet", [app, listening["Listening on ".Length..]]);
        await client.Output.NextAsync(line => line.EndsWith(": 2 tea", StringComparison.Ordinal), "the order");
    }

    // A block of C# in the README.
    private static string Example(string contains) => File.ReadAllText(RepositoryRoot.Combine("README.md")).Split("```csharp\n").Skip(1)
        .Select(block => block[..block.IndexOf("```", StringComparison.Ordinal)])
        .Single(block => block.Contains(contains, StringComparison.Ordinal));

    private static string Text(XElement metadata, string name) =>
        metadata.Elements().Single(element => element.Name.LocalName == name).Value;

    private static XElement Metadata(ZipArchive package)
    {
        using Stream specification = package.Entries.Single(entry => entry.FullName.EndsWith(".nuspec", StringComparison.Ordinal)).Open();
        return XElement.Load(specification).Elements().Single();
    }

    private ZipArchive Open(string id) => ZipFile.OpenRead(Path.Combine(Feed, $"{id}.{Version(id)}.nupkg"));

    // MessageQueue.Events.0.1.0.nupkg: the ids of the others have a letter there.
    private string Version(string id) => Path.GetFileNameWithoutExtension(
        Directory.GetFiles(Feed, $"{id}.*.nupkg").Single(file => char.IsDigit(Path.GetFileName(file)[id.Length + 1])))[(id.Length + 1)..];

    private Task DotNetAsync(params string[] arguments) => RunAsync("dotnet", arguments, []);

    private async Task RunAsync(string program, string[] arguments, Dictionary<string, string> environment)
    {
        // A build server would outlive the test, and keep its output open.
        environment["MSBUILDDISABLENODEREUSE"] = "1";
        environment["UseSharedCompilation"] = "false";
        environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        environment["DOTNET_NOLOGO"] = "1";
        await using ChildProcess process = ChildProcess.Start(program, arguments, environment, _directory.FullName);
        (await process.ExitAsync(Limit)).Should().Be(0, "{0}\n{1}", process.Output, process.Error);
    }
}

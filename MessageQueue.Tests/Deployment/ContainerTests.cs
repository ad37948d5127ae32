using System.Formats.Tar;
using System.IO.Compression;
using System.Reflection;
using System.Text.Json;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Deployment;

/// <summary>The image of the container that <c>dotnet publish -t:PublishContainer</c> makes.</summary>
internal sealed class ContainerTests
{
    [Test]
    public async Task The_image_runs_the_host_as_a_user_that_owns_its_home()
    {
        using TemporaryDirectory directory = new();
        using BaseImageRegistry registry = new();
        string archive = directory.Combine("messagequeue.tar");
        string configuration = typeof(ContainerTests).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration;

        // Not compiled ahead, which takes a build of its own: the image is as the tests were built.
        await using (ChildProcess publish = ChildProcess.Start(
            "dotnet",
            [
                "publish", RepositoryRoot.Combine("MessageQueue.Host"), "--no-build", "--configuration", configuration,
                "-p:PublishReadyToRun=false",
                "-t:PublishContainer", $"-p:ContainerBaseImage={registry.Address}/dotnet/aspnet:10.0",
                $"-p:ContainerArchiveOutputPath={archive}", $"-p:PublishDir={directory.Combine("publish")}/",
            ],
            new Dictionary<string, string> { ["MSBUILDDISABLENODEREUSE"] = "1", ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1" }))
        {
            (await publish.ExitAsync(TimeSpan.FromMinutes(5))).Should().Be(0, "{0}\n{1}", publish.Output, publish.Error);
        }

        Dictionary<string, byte[]> files = Read(new MemoryStream(await File.ReadAllBytesAsync(archive)))
            .ToDictionary(file => file.Name, file => file.Content);
        JsonElement manifest = JsonSerializer.Deserialize<JsonElement>(files["manifest.json"])[0];
        JsonElement config = JsonSerializer.Deserialize<JsonElement>(files[manifest.GetProperty("Config").GetString()!])
            .GetProperty("config");

        config.GetProperty("User").GetString().Should().Be("1654");
        config.GetProperty("ExposedPorts").TryGetProperty("8080/tcp", out _).Should().BeTrue();
        Texts(config.GetProperty("Entrypoint")).Should().Equal("dotnet", "/app/MessageQueue.Host.dll");
        Texts(config.GetProperty("Env")).Should().Contain("MESSAGEQUEUE_URL=http://0.0.0.0:8080", "MESSAGEQUEUE_DATA=/home/app/data");
        Texts(manifest.GetProperty("RepoTags")).Should().Contain("messagequeue:latest").And.HaveCount(2, "the other one is the version");

        byte[] layer = files[Texts(manifest.GetProperty("Layers")).Last()];
        using GZipStream unpacked = new(new MemoryStream(layer), CompressionMode.Decompress);
        Read(unpacked).Select(file => file.Name).Should().Contain("app/MessageQueue.Host", "the check of the health starts it");
    }

    // Without Docker these two recipes are not run; what they say of the image has to be true.
    [TestCase("compose.yaml")]
    [TestCase("kubernetes.yaml")]
    public void The_recipes_are_for_the_image_of_this_version(string recipe)
    {
        string text = File.ReadAllText(RepositoryRoot.Combine("deploy", recipe));
        string version = typeof(MessageQueueServer).Assembly
            .GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

        text.Should().Contain($"messagequeue:{version}\n").And.Contain("8080").And.Contain("/home/app");
    }

    private static List<string> Texts(JsonElement array) => [.. array.EnumerateArray().Select(item => item.GetString()!)];

    private static List<(string Name, byte[] Content)> Read(Stream archive)
    {
        List<(string, byte[])> files = [];
        using TarReader reader = new(archive);
        while (reader.GetNextEntry() is { } entry)
        {
            using MemoryStream content = new();
            entry.DataStream?.CopyTo(content);
            files.Add((entry.Name, content.ToArray()));
        }

        return files;
    }
}

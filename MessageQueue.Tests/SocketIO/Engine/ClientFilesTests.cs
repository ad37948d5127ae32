using System.Net;
using System.Net.Http.Headers;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.SocketIO.Engine;

/// <summary>The builds of the stock client are served as the original serves them.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class ClientFilesTests
{
    private const string Script = "application/javascript; charset=utf-8";
    private const string Map = "application/json; charset=utf-8";

    [TestCase("socket.io.js", Script)]
    [TestCase("socket.io.js.map", Map)]
    [TestCase("socket.io.min.js", Script)]
    [TestCase("socket.io.min.js.map", Map)]
    [TestCase("socket.io.msgpack.min.js", Script)]
    [TestCase("socket.io.msgpack.min.js.map", Map)]
    [TestCase("socket.io.esm.min.js", Script)]
    [TestCase("socket.io.esm.min.js.map", Map)]
    public async Task A_build_is_served_with_its_type_and_not_again_to_those_who_have_it(string name, string type)
    {
        using TemporaryDirectory directory = new();
        await File.WriteAllTextAsync(Path.Combine(directory.FullName, name), "content");
        await using EngineApp app = await EngineApp.StartAsync(options => options.ClientFiles = directory.FullName);
        using HttpClient client = new();

        HttpResponseMessage response = await client.GetAsync($"{app.Url}/engine.io/{name}").OrTimeout();

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        response.Content.Headers.ContentType!.ToString().Should().Be(type);
        (await response.Content.ReadAsStringAsync().OrTimeout()).Should().Be("content");
        using HttpRequestMessage again = new(HttpMethod.Get, $"{app.Url}/engine.io/{name}");
        again.Headers.IfNoneMatch.Add(new EntityTagHeaderValue(response.Headers.ETag!.Tag));
        (await client.SendAsync(again).OrTimeout()).StatusCode.Should().Be(HttpStatusCode.NotModified);
    }

    [TestCase("package.json")]
    [TestCase("..%2Fsecret.js")]
    [TestCase("socket.io.js.bak")]
    public async Task No_other_file_is_served(string name)
    {
        using TemporaryDirectory directory = new();
        await File.WriteAllTextAsync(Path.Combine(directory.FullName, "package.json"), "{}");
        await File.WriteAllTextAsync(Path.Combine(directory.FullName, "socket.io.js.bak"), "old");
        await using EngineApp app = await EngineApp.StartAsync(options => options.ClientFiles = directory.FullName);
        using HttpClient client = new();

        (await client.GetAsync($"{app.Url}/engine.io/{name}").OrTimeout()).StatusCode.Should().Be(HttpStatusCode.BadRequest);
    }

    [Test]
    public async Task A_build_that_is_missing_is_not_found()
    {
        using TemporaryDirectory directory = new();
        await using EngineApp app = await EngineApp.StartAsync(options => options.ClientFiles = directory.FullName);
        using HttpClient client = new();

        (await client.GetAsync($"{app.Url}/engine.io/socket.io.js").OrTimeout()).StatusCode.Should().Be(HttpStatusCode.NotFound);
    }
}

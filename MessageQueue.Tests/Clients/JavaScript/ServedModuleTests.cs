using System.Net;
using System.Net.Http.Headers;
using MessageQueue.Tests.Embedding;
using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace MessageQueue.Tests.Clients.JavaScript;

/// <summary>The server serves the client to pages.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class ServedModuleTests
{
    private static readonly HttpClient Http = new();

    [Test]
    public async Task The_module_is_served_as_it_is_in_the_package()
    {
        await using TestServer server = await TestServer.StartAsync();

        using HttpResponseMessage response = await Http.GetAsync($"{server.Url}/messagequeue.js").OrTimeout();

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        response.Content.Headers.ContentType!.ToString().Should().Be("text/javascript; charset=utf-8");
        response.Headers.GetValues("X-Content-Type-Options").Should().Equal("nosniff");
        (await response.Content.ReadAsByteArrayAsync()).Should().Equal(await File.ReadAllBytesAsync(NodeClient.Module));
    }

    [Test]
    public async Task Who_has_it_gets_304()
    {
        await using TestServer server = await TestServer.StartAsync();
        using HttpResponseMessage first = await Http.GetAsync($"{server.Url}/messagequeue.js").OrTimeout();
        using HttpRequestMessage request = new(HttpMethod.Get, $"{server.Url}/messagequeue.js");
        request.Headers.IfNoneMatch.Add(new EntityTagHeaderValue(first.Headers.ETag!.Tag));

        using HttpResponseMessage second = await Http.SendAsync(request).OrTimeout();

        second.StatusCode.Should().Be(HttpStatusCode.NotModified);
        (await second.Content.ReadAsByteArrayAsync()).Should().BeEmpty();
    }

    [Test]
    public async Task A_head_request_gets_the_headers()
    {
        await using TestServer server = await TestServer.StartAsync();
        using HttpRequestMessage request = new(HttpMethod.Head, $"{server.Url}/messagequeue.js");

        using HttpResponseMessage response = await Http.SendAsync(request).OrTimeout();

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        response.Headers.ETag.Should().NotBeNull();
        response.Content.Headers.ContentLength.Should().Be(new FileInfo(NodeClient.Module).Length);
    }

    [Test]
    public async Task An_app_serves_it_below_the_path_of_the_server()
    {
        await using TestApp app = await TestApp.StartAsync(
            isReal: true,
            builder => builder.Services.AddMessageQueue(TestApp.Open),
            app => app.MapMessageQueue("/events"));

        using HttpResponseMessage response = await Http.GetAsync($"{app.Url}/events/messagequeue.js").OrTimeout();

        response.StatusCode.Should().Be(HttpStatusCode.OK);
    }

    [Test]
    public async Task For_other_methods_and_sockets_the_path_is_a_namespace()
    {
        await using TestServer server = await TestServer.StartAsync();
        await using EventClient client = await server.ConnectAsync("room=lobby", "/messagequeue.js");

        using StringContent body = new("1", null, "application/json");
        using HttpResponseMessage response = await Http.PostAsync($"{server.Url}/messagequeue.js?to=lobby&event=chat", body).OrTimeout();

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        (await client.NextAsync("event")).GetProperty("data").GetInt32().Should().Be(1);
    }
}

using System.Net;
using MessageQueue.Tests.Embedding;
using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;
using MessageQueue.Tests.SocketIO.Engine;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace MessageQueue.Tests.SocketIO;

/// <summary>Where Socket.IO is served: by a server of its own, and in an app.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class ServingTests
{
    private const string Handshake = "/socket.io/?EIO=4&transport=polling";

    [Test]
    public async Task A_self_hosted_server_serves_it_beside_the_JSON_protocol_on_one_port()
    {
        await using TestServer server = await TestServer.StartAsync(options => options.UseSocketIO());
        using HttpClient http = new();

        (await http.GetStringAsync(server.Url + Handshake).OrTimeout()).Should().StartWith("0{");
        await using EventClient client = await server.ConnectAsync("session=alice&room=lobby");
        await client.EmitAsync("lobby");
        (await http.GetStringAsync($"{server.Url}/healthz").OrTimeout()).Should().StartWith("ok");
    }

    [Test]
    public async Task Without_it_the_path_stays_reserved()
    {
        await using TestServer server = await TestServer.StartAsync();
        using HttpClient http = new();

        (await http.GetAsync(server.Url + Handshake).OrTimeout()).StatusCode.Should().Be(HttpStatusCode.NotFound);
    }

    [Test]
    public async Task A_connection_on_polling_counts_and_ends_with_the_server()
    {
        TestServer server = await TestServer.StartAsync(options => options.UseSocketIO());
        using HttpClient http = new();
        string handshake = await http.GetStringAsync(server.Url + Handshake).OrTimeout();
        server.Server.ConnectionCount.Should().Be(1);
        string sid = handshake.Split('"')[3];
        Task<string> polling = http.GetStringAsync($"{server.Url}{Handshake}&sid={sid}");

        await server.DisposeAsync();

        (await polling.OrTimeout()).Should().Be("1");
    }

    [Test]
    public async Task An_app_maps_it_to_any_path_and_with_several_servers()
    {
        await using TestApp app = await TestApp.StartAsync(
            isReal: true,
            builder =>
            {
                builder.Services.AddMessageQueue(TestApp.Open);
                builder.Services.AddMessageQueue("second", TestApp.Open);
            },
            web =>
            {
                web.MapSocketIO();
                web.MapSocketIO("/two/socket.io", name: "second");
            });
        using HttpClient http = app.CreateClient();

        (await http.GetStringAsync(Handshake).OrTimeout()).Should().StartWith("0{");
        (await http.GetStringAsync("/two" + Handshake).OrTimeout()).Should().StartWith("0{");
        app.App.Services.GetRequiredKeyedService<MessageQueueServer>("second").ConnectionCount.Should().Be(1);
    }

    [Test]
    public async Task Engine_IO_alone_gives_messages_to_the_app_and_back()
    {
        await using TestApp app = await TestApp.StartAsync(
            isReal: true,
            builder => builder.Services.AddMessageQueue(TestApp.Open),
            web => web.MapEngineIO("/engine.io", async (client, message) =>
            {
                await client.SendAsync(message);
                if (message.IsBinary)
                {
                    client.Close();
                }
            }));
        using PollingClient client = await PollingClient.OpenAsync(app.Url);

        await client.PostAsync("4hello|bAQID");

        (await client.PollAsync()).Should().Be("4hello|bAQID|1");
        await client.ShouldBeUnknownAsync();
    }

    [Test]
    public async Task Sending_over_Engine_IO_waits_for_a_client_that_is_slow()
    {
        TaskCompletionSource sent = new();
        await using TestApp app = await TestApp.StartAsync(
            isReal: true,
            builder => builder.Services.AddMessageQueue(options =>
            {
                TestApp.Open(options);
                options.MaxOutboundBytes = 1024;
            }),
            web => web.MapEngineIO("/engine.io", async (client, message) =>
            {
                await client.SendAsync(message);
                await client.SendAsync(message);
                sent.SetResult();
            }));
        using PollingClient client = await PollingClient.OpenAsync(app.Url);
        string message = "4" + new string('x', 1000);

        Task posting = client.PostAsync(message);
        (await client.PollAsync()).Should().Be(message);
        (await client.PollAsync()).Should().Be(message);

        await sent.Task.OrTimeout();
        await posting;
    }
}

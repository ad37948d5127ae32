using System.Net.WebSockets;
using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MessageQueue.Tests.Embedding;

/// <summary>An ASP.NET Core app with a server in it, on a real socket or on the framework's test server.</summary>
internal sealed class TestApp : IAsyncDisposable
{
    private readonly ErrorRecorder _errors = new();
    private readonly bool _isReal;

    private TestApp(bool isReal, Func<WebApplicationBuilder, WebApplication> build)
    {
        _isReal = isReal;
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().AddProvider(_errors);
        if (isReal)
        {
            builder.WebHost.UseUrls("http://127.0.0.1:0");
        }
        else
        {
            builder.WebHost.UseTestServer();
        }

        App = build(builder);
    }

    public WebApplication App { get; }

    /// <summary>Whether the test expects logged errors.</summary>
    public bool ToleratesErrors { get; set; }

    public string Url => App.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    public static Task<TestApp> StartAsync(
        bool isReal, Action<WebApplicationBuilder> build, Action<WebApplication> map) => StartAsync(isReal, builder =>
    {
        build(builder);
        WebApplication app = builder.Build();
        map(app);
        return app;
    });

    public static async Task<TestApp> StartAsync(bool isReal, Func<WebApplicationBuilder, WebApplication> build)
    {
        TestApp app = new(isReal, build);
        await app.App.StartAsync().OrTimeout();
        return app;
    }

    /// <summary>Sets the options of a server in memory that allows everything.</summary>
    public static void Open(MessageQueueOptions options)
    {
        options.Durability = Durability.Memory;
        options.AllowEverything();
    }

    /// <summary>Connects and waits for the welcome.</summary>
    public async Task<EventClient> ConnectAsync(string path, string query, string? user = null) =>
        await EventClient.WelcomeAsync(await OpenAsync(path, query, user));

    /// <summary>Connects without waiting for the welcome. Throws if the handshake is refused.</summary>
    public async Task<WebSocket> OpenAsync(string path, string query, string? user = null)
    {
        if (_isReal)
        {
            ClientWebSocket socket = new();
            if (user is not null)
            {
                socket.Options.SetRequestHeader("X-User", user);
            }

            await socket.ConnectAsync(new UriBuilder(Url) { Scheme = "ws", Path = path, Query = query }.Uri, CancellationToken.None)
                .OrTimeout();
            return socket;
        }

        WebSocketClient client = App.GetTestServer().CreateWebSocketClient();
        client.ConfigureRequest = request =>
        {
            if (user is not null)
            {
                request.Headers["X-User"] = user;
            }
        };
        return await client.ConnectAsync(new Uri($"ws://localhost{path}?{query}"), CancellationToken.None).OrTimeout();
    }

    public HttpClient CreateClient() => _isReal ? new HttpClient { BaseAddress = new Uri(Url) } : App.GetTestClient();

    public async ValueTask DisposeAsync()
    {
        await App.StopAsync().OrTimeout();
        await App.DisposeAsync().OrTimeout();
        if (!ToleratesErrors)
        {
            _errors.Errors.Should().BeEmpty("nothing that went wrong should be left unexpected");
        }
    }
}

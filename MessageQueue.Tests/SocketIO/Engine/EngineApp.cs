using System.Collections.Concurrent;
using System.Threading.Channels;
using MessageQueue.SocketIO;
using MessageQueue.SocketIO.Engine;
using MessageQueue.Tests.Embedding;
using MessageQueue.Tests.Infrastructure;
using Microsoft.Extensions.DependencyInjection;

namespace MessageQueue.Tests.SocketIO.Engine;

/// <summary>An app that serves Engine.IO at <c>/engine.io</c>, and gives its connections to the test.</summary>
internal sealed class EngineApp : IEngineAcceptor, IAsyncDisposable
{
    private readonly Channel<RecordingEngineHandler> _accepted = Channel.CreateUnbounded<RecordingEngineHandler>();
    private readonly ConcurrentBag<IDisposable> _clients = [];
    private TestApp _app = null!;
    private ManualTimeProvider? _clock;

    /// <summary>What a handler does with a message; by default it sends the message back.</summary>
    public Func<RecordingEngineHandler, string, ValueTask> OnText { get; set; } = static (handler, text) =>
    {
        handler.Send(text);
        return ValueTask.CompletedTask;
    };

    public string Url => _app.Url;

    public MessageQueueServer Server => _app.App.Services.GetRequiredService<MessageQueueServer>();

    public static async Task<EngineApp> StartAsync(
        Action<SocketIOOptions>? configure = null, Action<MessageQueueOptions>? server = null, bool toleratesErrors = false,
        ManualTimeProvider? clock = null)
    {
        EngineApp app = new() { _clock = clock };
        app._app = await TestApp.StartAsync(
            isReal: true,
            builder => builder.Services.AddMessageQueue(options =>
            {
                TestApp.Open(options);
                options.TimeProvider = clock ?? TimeProvider.System;
                server?.Invoke(options);
            }),
            web => EngineEndpoint.Map(
                web, "/engine.io", "", "Engine.IO",
                core => new EngineServer(core, SocketIOOptions.From(configure), app).ServeAsync));
        app._app.ToleratesErrors = toleratesErrors;
        return app;
    }

    public IEngineHandler Accept(EngineConnection connection)
    {
        RecordingEngineHandler handler = new(this, connection);
        _accepted.Writer.TryWrite(handler);
        return handler;
    }

    /// <summary>Returns the next connection.</summary>
    public Task<RecordingEngineHandler> AcceptedAsync() => _accepted.Reader.ReadAsync().OrTimeout();

    /// <summary>Opens a connection on polling.</summary>
    public async Task<(PollingClient Client, RecordingEngineHandler Handler)> PollAsync()
    {
        PollingClient client = await PollingClient.OpenAsync(Url);
        _clients.Add(client);
        return (client, await AcceptedAsync());
    }

    /// <summary>Opens a connection on WebSocket.</summary>
    public async Task<(RawWebSocket Socket, RecordingEngineHandler Handler)> ConnectAsync()
    {
        RawWebSocket socket = await RawWebSocket.ConnectAsync(WebSocketUrl());
        (await socket.ReadAsync())!.Text.Should().StartWith("0{");
        return (socket, await AcceptedAsync());
    }

    /// <summary>Opens a WebSocket for a connection, to upgrade it.</summary>
    public Task<RawWebSocket> TryAsync(string sid) => RawWebSocket.ConnectAsync(WebSocketUrl(sid));

    public Uri WebSocketUrl(string? sid = null) =>
        new($"{Url}/engine.io/?EIO=4&transport=websocket{(sid is null ? "" : "&sid=" + sid)}");

    public Task StopAsync() => _app.App.StopAsync().OrTimeout();

    public async ValueTask DisposeAsync()
    {
        foreach (IDisposable client in _clients)
        {
            client.Dispose();
        }

        Task disposing = _app.DisposeAsync().AsTask();
        if (_clock is not null)
        {
            // A stop waits for last answers.
            await _clock.AdvanceUntilAsync(() => disposing.IsCompleted, TimeSpan.FromMilliseconds(100));
        }

        await disposing;
    }
}

// The server that the conformance suites of Engine.IO and Socket.IO ask for; docs/socketio.md shows how to run them.
//   dotnet run --project samples/SocketIOConformance -- 3000
using System.Globalization;
using MessageQueue;
using MessageQueue.SocketIO;

string port = args is [string given] ? int.Parse(given, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture) : "3000";
WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
builder.WebHost.UseUrls($"http://localhost:{port}");
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.Services.AddMessageQueue(options =>
{
    options.Durability = Durability.Memory;
    options.AllowedOrigins.Add("*");
    options.AllowEverything();
});

WebApplication app = builder.Build();
app.MapSocketIO("/socket.io", Configure);
app.MapEngineIO("/engine.io", (client, message) => client.SendAsync(message), Configure);
MessageQueueServer server = app.Services.GetRequiredService<MessageQueueServer>();
foreach (string name in (string[])["/", "/custom"])
{
    Namespace ns = server.Of(name);
    ns.OnConnect(async session => await session.EmitAsync("auth", session.Handshake!.Auth));
    ns.On<ReceivedArguments>("message", async (session, arguments) => await session.EmitAsync("message-back", arguments));
    ns.On<ReceivedArguments>("message-with-ack", (_, arguments) => Task.FromResult<object?>(arguments));
}

app.Run();

// What the suites expect of the server under test.
static void Configure(SocketIOOptions options)
{
    options.PingInterval = TimeSpan.FromMilliseconds(300);
    options.PingTimeout = TimeSpan.FromMilliseconds(200);
    options.ConnectTimeout = TimeSpan.FromSeconds(1);
    options.MaxMessageBytes = 1_000_000;
    options.ConnectionStateRecovery = false;
}

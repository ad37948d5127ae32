// A chat in an app that has endpoints of its own. Try it with
//   npx wscat -c 'ws://127.0.0.1:5000/events/chat?session=ann'
//   > {"type":"emit","event":"message","id":"1","data":{"room":"lobby","text":"hello"}}
using System.Text.Json;
using ChatApp;
using MessageQueue;

WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(args);
builder.Services
    .AddMessageQueue(builder.Configuration.GetSection("MessageQueue"))      // such as --MessageQueue:DataDirectory=data
    .AddMessageQueue(options =>
    {
        options.JsonSerializerOptions = new(JsonSerializerDefaults.Web) { TypeInfoResolver = ChatJson.Default };
        options.AuthorizeConnect = request => ValueTask.FromResult(request.Session is not null);
    });
builder.Services.AddHealthChecks().AddMessageQueue();

WebApplication app = builder.Build();
app.MapGet("/", context => context.Response.WriteAsync("Connect to /events/chat"));
app.MapHealthChecks("/health");
app.MapMessageQueue("/events");

// Clients cannot join rooms or emit to them by themselves here. They send messages to this handler, which decides about rooms.
Namespace chat = app.Services.GetRequiredService<MessageQueueServer>().Of("/chat");
chat.OnConnect(session => session.JoinAsync("lobby"));
chat.On<ChatMessage>("message", async (session, message) =>
{
    long number = await chat.To(message.Room).Except(session).EmitAsync("message", message with { From = session.Address });
    return new Receipt(number);
});

app.Run();

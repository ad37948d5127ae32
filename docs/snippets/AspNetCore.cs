using MessageQueue;
using Microsoft.AspNetCore.RateLimiting;

namespace Snippets;

internal static class AspNetCore
{
    private sealed record ChatMessage(string Room, string Text);

    private sealed record Receipt(long? Number);

    public static void Readme(string[] args)
    {
        // <readme-aspnetcore>
        WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
        builder.Services.AddMessageQueue(options =>
        {
            options.DataDirectory = "data";
            // Who may connect as which session, join which room, emit where: all three are closed until you open them. Here a session is one device of a user, such
            // as ann:phone: with one session for the user, a second tab would close the first. A refused client is closed with 1008.
            options.AuthorizeConnect = request => ValueTask.FromResult(UserOf(request.Session) is { } user && user == request.HttpContext.User.Identity?.Name);
            options.AuthorizeJoin = request => ValueTask.FromResult(request.Room == "staff" && request.User.IsInRole("staff"));
        });

        WebApplication app = builder.Build();
        app.MapMessageQueue("/events");      // beside your own endpoints

        Namespace chat = app.Services.GetRequiredService<MessageQueueServer>().Of("/chat");
        chat.OnConnect(async session =>
        {
            await session.JoinAsync("lobby");
            await session.JoinAsync($"user:{UserOf(session.Name)}");      // all devices of the user, connected or not
        });
        chat.On<ChatMessage>("message", async (session, message) =>
        {
            if (await chat.CountAsync(message.Room) == 0)
            {
                return new Receipt(null);                                                                 // no such room or user
            }

            long number = await chat.To(message.Room).Except(session).EmitAsync("message", message);      // on the disk
            return new Receipt(number);                                                                   // the client's ack
        });
        app.Run();

        static string? UserOf(string? session) => session?.LastIndexOf(':') is int end and > 0 ? session[..end] : null;
        // </readme-aspnetcore>
    }

    public static void Configuration(WebApplicationBuilder builder)
    {
        // <configuration>
        builder.Services.AddMessageQueue(builder.Configuration.GetSection("MessageQueue"));
        builder.Services.AddMessageQueue(options => options.AuthorizeConnect = request => ValueTask.FromResult(request.Session is not null));
        // </configuration>
    }

    public static void Pipeline(WebApplicationBuilder builder)
    {
        // <pipeline>
        builder.Services.AddRateLimiter(limiter => limiter.AddConcurrencyLimiter("events", limit => limit.PermitLimit = 1000));
        builder.Services.AddHealthChecks().AddMessageQueue();

        WebApplication app = builder.Build();
        app.UseAuthentication();
        app.UseRateLimiter();
        app.MapHealthChecks("/health");
        app.MapMessageQueue("/events").RequireRateLimiting("events");
        // </pipeline>
    }

    public static void Several(WebApplicationBuilder builder)
    {
        // <several>
        builder.Services.AddMessageQueue("orders", options => options.DataDirectory = "orders");
        builder.Services.AddMessageQueue("chat", options => options.DataDirectory = "chat");

        WebApplication app = builder.Build();
        app.MapMessageQueue("/orders", "orders");
        app.MapMessageQueue("/chat", "chat");
        MessageQueueServer orders = app.Services.GetRequiredKeyedService<MessageQueueServer>("orders");
        // </several>
        _ = orders;
    }

    public static void UserTokens(WebApplicationBuilder builder)
    {
        // <user-tokens>
        builder.Services.AddMessageQueue(options =>
        {
            options.Tokens.KeyFiles.Add("mq.key");
            options.Tokens.JwksUrl = "https://login.example.com/.well-known/jwks.json";
            options.Tokens.Audience = "chat";
        });
        // </user-tokens>
    }

    public static void AppPermissions(MessageQueueOptions options)
    {
        // <permissions>
        options.AuthorizeConnect = request => ValueTask.FromResult(
            request.Session is { } session && request.HttpContext.User.HasClaim("session", session));
        options.AuthorizeJoin = request => ValueTask.FromResult(request.User.HasClaim("room", request.Room));
        options.AuthorizeEmit = request => ValueTask.FromResult(request.Volatile || request.To.All(room => request.User.HasClaim("room", room)));
        // </permissions>
    }
}

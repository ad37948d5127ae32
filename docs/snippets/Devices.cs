using MessageQueue;

namespace Snippets;

/// <summary>Run by the tests, on real sockets: what one user with several devices needs.</summary>
public static class Devices
{
    public static WebApplication Build(WebApplicationBuilder builder)
    {
        // <devices>
        MessageQueueServer? server = null;
        builder.Services.AddMessageQueue(options =>
        {
            // A device is a session, ann:phone or ann:laptop, and belongs to who is signed in as ann.
            options.AuthorizeConnect = request => ValueTask.FromResult(UserOf(request.Session) is { } user && user == request.HttpContext.User.Identity?.Name);
            // Into the rooms of users only the server lets anybody, below.
            options.AuthorizeJoin = request => ValueTask.FromResult(!request.Room.StartsWith("user:", StringComparison.Ordinal));
            // Nobody in a user's room: there is no such user, or none whose session is still kept. Refused with forbidden, rather than stored for nobody.
            options.AuthorizeEmit = async request =>
                request.To is [string room] && room.StartsWith("user:", StringComparison.Ordinal) && await server!.Of(request.Namespace).CountAsync(room) > 0;
        });

        WebApplication app = builder.Build();
        server = app.Services.GetRequiredService<MessageQueueServer>();
        server.Of("/chat").OnConnect(session => session.JoinAsync($"user:{UserOf(session.Name)}"));
        app.MapMessageQueue("/events");

        // The last colon: a user's name may have one, a device's has none.
        static string? UserOf(string? session) => session?.LastIndexOf(':') is int end and > 0 ? session[..end] : null;
        // </devices>
        return app;
    }
}

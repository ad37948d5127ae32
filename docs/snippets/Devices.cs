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
            // Each device is a session, such as ann:phone or ann:laptop. It belongs to the user ann.
            options.AuthorizeConnect = request => ValueTask.FromResult(UserOf(request.Session) is { } user && user == request.HttpContext.User.Identity?.Name);
            // Clients cannot join the rooms of users; only the server adds sessions to them, below.
            options.AuthorizeJoin = request => ValueTask.FromResult(!request.Room.StartsWith("user:", StringComparison.Ordinal));
            // An empty room means that there is no such user, or that the user's sessions have all expired. Then the emit is refused with forbidden.
            options.AuthorizeEmit = async request =>
                request.To is [string room] && room.StartsWith("user:", StringComparison.Ordinal) && await server!.Of(request.Namespace).CountAsync(room) > 0;
        });

        WebApplication app = builder.Build();
        server = app.Services.GetRequiredService<MessageQueueServer>();
        server.Of("/chat").OnConnect(session => session.JoinAsync($"user:{UserOf(session.Name)}"));
        app.MapMessageQueue("/events");

        // Splits at the last colon: a user's name may contain colons, a device's does not.
        static string? UserOf(string? session) => session?.LastIndexOf(':') is int end and > 0 ? session[..end] : null;
        // </devices>
        return app;
    }
}

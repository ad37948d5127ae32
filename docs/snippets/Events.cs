using System.Diagnostics;
using System.Security.Claims;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using MessageQueue;

namespace Snippets;

internal sealed record Order(string Item, int Count);

internal sealed record Price(decimal Amount);

internal sealed record Shown(string Name);

// <context>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(Order))]
[JsonSerializable(typeof(Price))]
internal sealed partial class AppJson : JsonSerializerContext;
// </context>

internal static class Events
{
    public static void Handlers(MessageQueueServer server)
    {
        // <handlers>
        Namespace shop = server.Of("/shop");
        shop.On("ping", session => Task.CompletedTask);                                         // whatever its data
        shop.On<Order>("order", async (session, order) => new Price(order.Count * 3.5m));       // answered
        shop.On<int, string>("rate", (session, stars, text) => session.EmitAsync("thanks"));    // data is an array: [5,"good"]
        shop.On<JsonElement, ReceivedEvent>("raw", (session, json, received) =>
            Task.FromResult<object?>($"{received.Name} {received.Reference} {json.GetRawText()}"));
        shop.OnAny((session, received) => Task.FromResult<object?>(null));                      // all other events
        shop.Off("ping");
        // </handlers>
    }

    public static void Connects(Namespace shop)
    {
        // <connects>
        shop.OnConnect(async session =>
        {
            session.Items["since"] = DateTimeOffset.UtcNow;
            await session.JoinAsync("customers");
        });
        shop.OnDisconnect((session, reason) =>
        {
            Console.WriteLine($"{session.Address} left: {reason}");
            return Task.CompletedTask;
        });
        // </connects>
    }

    public static void Middlewares(Namespace shop)
    {
        // <middlewares>
        shop.UseConnect(async (context, next) =>
        {
            if (await FindUserAsync(context.Handshake.Auth, context.Handshake.Token) is { } user)
            {
                context.User = user;
                await next();
            }
            else
            {
                context.Refuse("sign in first", new { code = "no_user" });
            }
        });
        shop.UseEvent(async (context, next) =>
        {
            Stopwatch watch = Stopwatch.StartNew();
            await next();      // the next middleware, at last the handler
            Console.WriteLine($"{context.Event.Name} of {context.Session.Address}: {watch.Elapsed}");
        });
        // </middlewares>
    }

    public static void Listen(Namespace shop)
    {
        // <listen>
        IDisposable listener = shop.OnIncoming((session, received) => Console.Out.WriteLineAsync($"{session.Address}: {received.Name}"));
        listener.Dispose();      // no longer
        // </listen>
    }

    public static void Dynamic(MessageQueueServer server)
    {
        // <dynamic>
        server.Of(new Regex(@"^/team-\d{1,6}$"), team =>
        {
            team.UseConnect((context, next) => MayEnter(context.User, context.Namespace.Name) ? next() : Task.CompletedTask);
            team.On<string>("say", (session, text) => team.EmitAsync("said", text));
        });
        server.Of(name => name.StartsWith("/game/", StringComparison.Ordinal), game => game.OnConnect(session => session.JoinAsync("players")));
        // </dynamic>
    }

    public static async Task SelectAsync(Namespace shop, Session session)
    {
        // <select>
        IReadOnlyList<Session> chosen = await shop.To("customers", "staff").Except("blocked").SessionsAsync();
        int joined = await shop.To("staff").JoinAsync("night-shift");
        int left = await shop.LeaveAsync("sale");                                     // all sessions of the namespace
        int closed = await session.To("customers").Except("staff").DisconnectAsync();      // without this session
        // </select>
        _ = (chosen, joined, left, closed);
    }

    public static async Task EmitAsync(Namespace shop, Session session)
    {
        // <emit>
        await shop.EmitAsync("news", new { text = "to all" });
        await shop.To("customers", "staff").EmitAsync("news", new { text = "to these rooms, each session once" });
        await shop.To("customers").Except(session).EmitAsync("news", new { text = "to the others" });
        await shop.To("customers").Except("staff").EmitAsync("news", new { text = "to those who are not in the other room" });
        await session.EmitAsync("news", new { text = "to this one" });
        await session.To("customers").EmitAsync("news", new { text = "to the others of its namespace" });
        await shop.To("customers").Ttl(TimeSpan.FromMinutes(5)).EmitAsync("offer");
        await shop.Volatile.EmitAsync("cursor", new { x = 1, y = 2 });
        await shop.To("customers").Id("price-list-2026-11").EmitAsync("prices");      // a repetition returns the first number
        // </emit>
    }

    public static async Task AskAsync(Namespace shop, Session session)
    {
        // <ask>
        bool yes = await session.EmitWithAckAsync<bool>("confirm", new { total = 7 }, TimeSpan.FromSeconds(30));

        Answers<int> votes = await shop.To("staff").EmitWithAckAsync<int>("vote", "Lunch?", TimeSpan.FromSeconds(30));
        Console.WriteLine($"{votes.Received.Sum(answer => answer.Value)} in favour, {votes.Missing.Count} silent");
        // </ask>
        _ = yes;
    }

    public static async Task ArgumentsAsync(Namespace shop, Session session, byte[] photo)
    {
        // <arguments>
        await shop.To("customers").EmitAsync("moved", new Arguments("shelf", 3, photo));                     // photo is a byte[]
        shop.On<string, int, byte[]>("moved", async (session, what, place, picture) => new Arguments(place, picture));
        shop.On<ReceivedArguments>("forward", (session, all) => shop.To("staff").EmitAsync("forwarded", all));
        ReceivedArguments? all = await session.EmitWithAckAsync<ReceivedArguments>("where", null, TimeSpan.FromSeconds(30));
        Console.WriteLine($"{all?.Count} values, the first is {all?.Read<string>(0)}");
        // </arguments>
    }

    public static async Task SessionsAsync(Namespace shop)
    {
        // <sessions>
        shop.On("where", async session => (object?)new { session.Name, Rooms = await session.RoomsAsync(), User = session.User.Identity?.Name });

        foreach (Session member in await shop.SessionsAsync("staff"))
        {
            Console.WriteLine($"{member.Address} is {(member.IsConnected ? "here" : "away")}");
            await member.LeaveAsync("staff");
        }

        if (await shop.CountAsync("staff") == 0)
        {
            Console.WriteLine("Nobody is left.");
        }

        if (await shop.FindSessionAsync("ann") is { } ann)
        {
            await ann.DisconnectAsync();      // its connection: it may come back
            await ann.EndAsync();             // the session: its rooms and its pending events
        }
        // </sessions>
    }

    public static async Task PresenceAsync(Namespace shop)
    {
        // <presence>
        shop.OnConnect(session => session.ShowAsync(new Shown(session.User.Identity?.Name ?? "somebody")));

        foreach (PresentSession present in await shop.PresenceAsync("staff"))
        {
            Console.WriteLine($"{present.Session.Address} is {present.Read<Shown>()?.Name}");
        }

        using IDisposable following = shop.OnPresence("staff", change =>
        {
            Console.WriteLine($"{change.Count} are here, {change.Joined.Count} came or changed, {change.Left.Count} left");
            return Task.CompletedTask;
        });
        // </presence>
    }

    public static async Task HistoryAsync(Namespace shop)
    {
        // <history>
        IReadOnlyList<ReceivedEvent> last = await shop.HistoryAsync("staff", 50);
        foreach (ReceivedEvent one in last)
        {
            Console.WriteLine($"{one.Number} {one.Time:t} {one.From ?? "the server"} to {string.Join(", ", one.To)}: {one.Name} {one.Read<JsonElement>()}");
        }

        if (last is [ReceivedEvent first, ..])
        {
            IReadOnlyList<ReceivedEvent> before = await shop.HistoryAsync("staff", 50, before: first.Number);
        }
        // </history>
    }

    public static void Observe(Namespace shop, IAudit audit)
    {
        // <observe>
        shop.OnEmitted(received => audit.AddOnceAsync(received.Number, received.Name, received.From), new HandlerOptions { MaxAttempts = 5 });
        // </observe>
    }

    public static void Durable(Namespace shop, IOrders orders)
    {
        // <durable>
        shop.On<Order, ReceivedEvent>(
            "order",
            async (session, order, received) => await orders.AddOnceAsync(received.Number, order),
            new HandlerOptions { Durable = true, MaxAttempts = 5 });
        // </durable>
    }

    public static void Users(MessageQueueOptions options)
    {
        // <users>
        options.DurableClaims.Add("tenant");
        // </users>
    }

    public static async Task SkipAsync(Namespace shop)
    {
        // <skip>
        bool found = await shop.SkipAsync(1234);
        // </skip>
        _ = found;
    }

    public static void Json(MessageQueueOptions options, Namespace shop)
    {
        // <json>
        options.JsonSerializerOptions = new(JsonSerializerDefaults.Web)
        {
            TypeInfoResolver = AppJson.Default,
            RespectRequiredConstructorParameters = true,
            RespectNullableAnnotations = true,
        };
        shop.On("price", (session, order) => Task.FromResult(new Price(order.Count)), AppJson.Default.Order, AppJson.Default.Price);
        // </json>
    }

    private static Task<ClaimsPrincipal?> FindUserAsync(JsonElement auth, string? token) =>
        Task.FromResult(auth.ValueKind == JsonValueKind.Object && token is not null ? new ClaimsPrincipal() : null);

    private static bool MayEnter(ClaimsPrincipal user, string team) => user.HasClaim("team", team);

    internal interface IAudit
    {
        Task AddOnceAsync(long number, string name, string? from);
    }

    internal interface IOrders
    {
        Task<object?> AddOnceAsync(long number, Order order);
    }
}

using System.Globalization;
using MessageQueue.Connections;
using MessageQueue.Http.Answers;
using MessageQueue.Pipeline;
using MessageQueue.Protocol;
using Microsoft.AspNetCore.Http;

namespace MessageQueue.Http;

/// <summary>Answers the requests of operators, below <c>/-</c>. They are listed in docs/command-line.md.</summary>
/// <param name="broker">The broker.</param>
/// <param name="permissions">The permissions.</param>
/// <param name="skip">Skips an unfinished event of a namespace. Returns false if no such event has this number.</param>
/// <param name="timeProvider">The clock.</param>
internal sealed class OperatingEndpoint(
    Broker broker, AppPermissions permissions, Func<string, long, CancellationToken, Task<bool>> skip, TimeProvider timeProvider)
{
    /// <summary>The number of rows in an answer to a request that gives no limit.</summary>
    public const int DefaultLimit = 100;

    /// <summary>The largest number of rows in an answer. It is built in memory: with the longest names it takes about 10 MB.</summary>
    public const int MaxLimit = 500;

    private const string Sessions = NamespacePath.Operating + "/sessions";
    private const string Rooms = NamespacePath.Operating + "/rooms";
    private const string Events = NamespacePath.Operating + "/events";
    private const string Owed = NamespacePath.Operating + "/owed";

    private readonly StateListing _listing = new(broker, timeProvider);
    private readonly EventExplainer _explainer = new(broker, timeProvider);
    private readonly SessionPeek _peek = new(broker, timeProvider);

    /// <summary>Answers a request that passed the checks of <see cref="HttpEndpoints"/>.</summary>
    public async Task AnswerAsync(HttpContext context, string path, CancellationToken cancellationToken)
    {
        string allowed = path switch { Sessions => "GET, DELETE", Rooms or Owed => "GET", Events => "GET, DELETE", _ => "" };
        Operation? operation = (path, context.Request.Method.ToUpperInvariant()) switch
        {
            (Sessions, "GET") => Operation.ListSessions,
            (Sessions, "DELETE") => Operation.EndSession,
            (Rooms, "GET") => Operation.ListRooms,
            (Events, "GET") => Operation.ExplainEvent,
            (Events, "DELETE") => Operation.SkipEvent,
            (Owed, "GET") => Operation.PeekSession,
            _ => null,
        };
        if (allowed.Length == 0)
        {
            await HttpResponse.ErrorAsync(
                context, StatusCodes.Status404NotFound, ErrorCode.BadMessage,
                $"nothing is at this path; use {Sessions}, {Rooms}, {Events} or {Owed}").ConfigureAwait(false);
        }
        else if (operation is null)
        {
            context.Response.Headers.Allow = allowed;
            await HttpResponse.ErrorAsync(
                context, StatusCodes.Status405MethodNotAllowed, ErrorCode.BadMessage, $"{path} allows only {allowed}")
                .ConfigureAwait(false);
        }
        else
        {
            await AnswerAsync(context, operation.Value, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task AnswerAsync(HttpContext context, Operation operation, CancellationToken cancellationToken)
    {
        ConnectionQuery query = new(context.Request.Query);
        string? ns = query.ReadNamespace();
        string? session = query.ReadSession();
        string? token = PresentedToken.Of(context.Request, query.ReadToken());
        string after = query.ReadAfter() ?? "";
        int limit = query.ReadLimit(DefaultLimit, MaxLimit);
        long number = query.ReadEventId() ?? 0;
        long afterSession = 0;
        (string, string)? afterRoom = null;
        switch (operation)
        {
            case Operation.ListSessions or Operation.PeekSession when after.Length > 0
                && !long.TryParse(after, NumberStyles.None, CultureInfo.InvariantCulture, out afterSession):
            case Operation.ListRooms when after.Length > 0 && (afterRoom = RoomCursor.TryParse(after)) is null:
                query.Refuse("after is not valid; use the value of next from the previous answer");
                break;
            case Operation.EndSession when session is null:
                query.Refuse("session is missing; name the session to end");
                break;
            case Operation.PeekSession when session is null:
                query.Refuse("session is missing; name the session");
                break;
            case Operation.SkipEvent or Operation.ExplainEvent when number == 0:
                query.Refuse("id is missing; give the number of the event");
                break;
            default:
                ns = operation is Operation.EndSession or Operation.SkipEvent or Operation.PeekSession ? ns ?? NamespacePath.Default : ns;
                break;
        }

        if (query.Error is { } error)
        {
            await HttpResponse.ErrorAsync(context, ErrorCode.BadMessage, error).ConfigureAwait(false);
        }
        else if (!permissions.HasOperators)
        {
            await HttpResponse.ErrorAsync(
                context, ErrorCode.Forbidden, "this server is closed to operators; its app opens it with AuthorizeOperate or Tokens")
                .ConfigureAwait(false);
        }
        else if (await permissions.FindOperatorRefusalAsync(new OperateRequest(operation, ns, token, context)).ConfigureAwait(false)
            is { } refusal)
        {
            await HttpResponse.ErrorAsync(context, HttpError.OfToken(refusal)).ConfigureAwait(false);
        }
        else
        {
            await (operation switch
            {
                Operation.ListSessions => ListSessionsAsync(context, ns, afterSession, limit, cancellationToken),
                Operation.ListRooms => ListRoomsAsync(context, ns, afterRoom, limit, cancellationToken),
                Operation.SkipEvent => SkipAsync(context, ns!, number, cancellationToken),
                Operation.ExplainEvent => ExplainAsync(context, ns, number, session, limit, cancellationToken),
                Operation.PeekSession => PeekAsync(context, ns!, session!, afterSession, limit, cancellationToken),
                _ => EndAsync(context, ns!, session!),
            }).ConfigureAwait(false);
        }
    }

    private async Task ListSessionsAsync(HttpContext context, string? ns, long after, int limit, CancellationToken cancellationToken)
    {
        Page<SessionRow> page = await _listing.ListSessionsAsync(ns, after, limit, cancellationToken).ConfigureAwait(false);
        await HttpResponse.WriteAsync(context, StatusCodes.Status200OK, ListingJson.OfSessions(page)).ConfigureAwait(false);
    }

    private async Task ListRoomsAsync(
        HttpContext context, string? ns, (string, string)? after, int limit, CancellationToken cancellationToken)
    {
        Page<RoomRow> page = await _listing.ListRoomsAsync(ns, after, limit, cancellationToken).ConfigureAwait(false);
        await HttpResponse.WriteAsync(context, StatusCodes.Status200OK, ListingJson.OfRooms(page)).ConfigureAwait(false);
    }

    private async Task ExplainAsync(
        HttpContext context, string? ns, long number, string? session, int limit, CancellationToken cancellationToken)
    {
        Explanation? explanation = session is null
            ? await _explainer.ExplainAsync(ns, number, limit, cancellationToken).ConfigureAwait(false)
            : await _explainer.ExplainAsync(ns, number, session, cancellationToken).ConfigureAwait(false);
        await (explanation switch
        {
            null => HttpResponse.ErrorAsync(
                context, StatusCodes.Status404NotFound, ErrorCode.BadMessage,
                $"no event{(ns is null ? "" : $" of {ns}")} has number {number}"),
            { Receivers: [] } when session is not null =>
                HttpResponse.ErrorAsync(context, RequestErrors.UnknownSession.Code, RequestErrors.UnknownSession.Message),
            _ => HttpResponse.WriteAsync(context, StatusCodes.Status200OK, AnswerJson.Of(explanation)),
        }).ConfigureAwait(false);
    }

    private async Task PeekAsync(
        HttpContext context, string ns, string session, long after, int limit, CancellationToken cancellationToken)
    {
        PeekedSession? peeked = await _peek.ReadAsync(ns, session, after, limit, cancellationToken).ConfigureAwait(false);
        await (peeked is null
            ? HttpResponse.ErrorAsync(context, RequestErrors.UnknownSession.Code, RequestErrors.UnknownSession.Message)
            : HttpResponse.WriteAsync(context, StatusCodes.Status200OK, AnswerJson.Of(peeked))).ConfigureAwait(false);
    }

    private async Task SkipAsync(HttpContext context, string ns, long number, CancellationToken cancellationToken)
    {
        bool isSkipped = await skip(ns, number, cancellationToken).ConfigureAwait(false);
        await (isSkipped
            ? HttpResponse.AcknowledgeAsync(context, id: number)
            : HttpResponse.ErrorAsync(
                context, StatusCodes.Status404NotFound, ErrorCode.BadMessage,
                $"no durable handler of {ns} has an unfinished event {number}")).ConfigureAwait(false);
    }

    private async Task EndAsync(HttpContext context, string ns, string session)
    {
        ProtocolError? refused = await SessionEnder.EndAsync(broker, ns, session).ConfigureAwait(false);
        await (refused is { } error
            ? HttpResponse.ErrorAsync(context, error.Code, error.Message)
            : HttpResponse.AcknowledgeAsync(context)).ConfigureAwait(false);
    }
}

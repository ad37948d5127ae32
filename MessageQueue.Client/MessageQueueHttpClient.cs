using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using MessageQueue.Client.Http;

namespace MessageQueue.Client;

/// <summary>
/// Publishes events and operates a server over HTTP, without a session and a connection of its own. Every method returns the JSON of the
/// answer, and throws <see cref="MessageQueueClientException"/> where the server refused the request or did not answer. It may be used by
/// several threads.
/// </summary>
public sealed class MessageQueueHttpClient : IDisposable
{
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(60);

    private readonly ServerAddress _address;

    private readonly HttpClient _http =
        new(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(10), AllowAutoRedirect = false }) { Timeout = AnswerTimeout };

    /// <summary>Creates a client.</summary>
    /// <param name="url">
    /// The server's address, such as <c>http://127.0.0.1:8080</c>, or <c>https://example.com/events</c> where an app maps it to a path.
    /// </param>
    /// <param name="token">The token; null for none.</param>
    /// <exception cref="ArgumentException">The address is not allowed.</exception>
    public MessageQueueHttpClient(string url, string? token = null) =>
        _address = ServerAddress.TryParse(url, token, out ServerAddress? address)
            ? address
            : throw new ArgumentException(
                $"'{url}' is not a server's address; use http://HOST:PORT, for example http://127.0.0.1:8080", nameof(url));

    /// <summary>Publishes an event; returns once it is durable.</summary>
    /// <param name="outgoing">The event.</param>
    /// <param name="cancellationToken">Cancels the request; the event may be stored nevertheless.</param>
    /// <returns>The server's <c>ack</c>: its <c>id</c> is the event's number.</returns>
    public Task<JsonElement> PublishAsync(PublishRequest outgoing, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(outgoing);
        List<(string, string?)> query =
        [
            ("event", outgoing.Name),
            ("session", outgoing.Session),
            ("ttl", ((long?)outgoing.TimeToLive?.TotalMilliseconds)?.ToString(CultureInfo.InvariantCulture)),
            ("args", outgoing.HasSeveralArguments ? "true" : null),
            ("volatile", outgoing.Volatile ? "true" : null),
            .. outgoing.To.Select(target => ("to", (string?)target)),
        ];
        HttpRequestMessage request = new(HttpMethod.Post, _address.Http(outgoing.Namespace, query));
        if (outgoing.Data is { } data)
        {
            request.Content = new ReadOnlyMemoryContent(data);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }

        if (outgoing.Id is not null)
        {
            request.Headers.Add("Idempotency-Key", outgoing.Id);
        }

        return SendAsync(request, cancellationToken);
    }

    /// <summary>Reads one page of a listing.</summary>
    /// <param name="name"><c>sessions</c> or <c>rooms</c>.</param>
    /// <param name="ns">The namespace to list; null for all.</param>
    /// <param name="limit">The largest number of rows.</param>
    /// <param name="after">The <c>next</c> of the page before; null for the first page.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>The page: the rows under <paramref name="name"/>, <c>total</c>, and <c>next</c> where there are more.</returns>
    public Task<JsonElement> ListAsync(string name, string? ns, int limit, string? after, CancellationToken cancellationToken = default) =>
        GetAsync($"/-/{name}", cancellationToken, ("namespace", ns), ("limit", Text(limit)), ("after", after));

    /// <summary>Asks what became of an event.</summary>
    /// <param name="id">The event's number.</param>
    /// <param name="ns">The namespace that the event has to be in; null for any.</param>
    /// <param name="session">The session to ask for; null for all that the event was for.</param>
    /// <param name="limit">The largest number of sessions to name, 1 to 500.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>The event without its data, the number of sessions with each status, and some of these sessions.</returns>
    public Task<JsonElement> ExplainAsync(
        long id, string? ns = null, string? session = null, int limit = 100, CancellationToken cancellationToken = default) =>
        GetAsync("/-/events", cancellationToken, ("id", Text(id)), ("namespace", ns), ("session", session), ("limit", Text(limit)));

    /// <summary>Reads a page of the pending events of a session, without connecting as it.</summary>
    /// <param name="ns">Its namespace.</param>
    /// <param name="session">Its name.</param>
    /// <param name="limit">The largest number of events, 1 to 500.</param>
    /// <param name="after">The <c>next</c> of the page before; null for the first page.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>The session, its <c>gaps</c> and <c>events</c>, and <c>next</c> if there are more.</returns>
    public Task<JsonElement> PeekAsync(
        string ns, string session, int limit, string? after, CancellationToken cancellationToken = default) =>
        GetAsync("/-/owed", cancellationToken, ("namespace", ns), ("session", session), ("limit", Text(limit)), ("after", after));

    /// <summary>Ends a session for good.</summary>
    /// <param name="ns">Its namespace.</param>
    /// <param name="session">Its name.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>The server's <c>ack</c>.</returns>
    public Task<JsonElement> EndSessionAsync(string ns, string session, CancellationToken cancellationToken = default) =>
        DeleteAsync("/-/sessions", ns, ("session", session), cancellationToken);

    /// <summary>Moves an unfinished event of a durable handler to the dead letters.</summary>
    /// <param name="ns">Its namespace.</param>
    /// <param name="id">Its number.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>The server's <c>ack</c>.</returns>
    public Task<JsonElement> SkipAsync(string ns, long id, CancellationToken cancellationToken = default) =>
        DeleteAsync("/-/events", ns, ("id", Text(id)), cancellationToken);

    /// <summary>Ends its connections.</summary>
    public void Dispose() => _http.Dispose();

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private Task<JsonElement> GetAsync(string path, CancellationToken cancellationToken, params (string Name, string? Value)[] query) =>
        SendAsync(new HttpRequestMessage(HttpMethod.Get, _address.Http(path, query)), cancellationToken);

    private Task<JsonElement> DeleteAsync(string path, string ns, (string Name, string? Value) key, CancellationToken cancellationToken) =>
        SendAsync(new HttpRequestMessage(HttpMethod.Delete, _address.Http(path, ("namespace", ns), key)), cancellationToken);

    private async Task<JsonElement> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using HttpRequestMessage sent = request;
        request.Headers.Authorization = _address.Bearer is string token ? new AuthenticationHeaderValue("Bearer", token) : null;
        try
        {
            using HttpResponseMessage response = await _http.SendAsync(request, cancellationToken);
            byte[] body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
            JsonElement? json = TryParse(body);
            return response.IsSuccessStatusCode && json is { } answer ? answer : throw Refused(response.StatusCode, json);
        }
        catch (HttpRequestException exception) when (IsUnreachable(exception.HttpRequestError))
        {
            throw Unreachable(exception.InnerException?.Message ?? exception.Message);
        }
        catch (HttpRequestException exception)
        {
            throw new MessageQueueClientException(
                MessageQueueClientException.OutcomeUnknown,
                $"the connection to {_address.Root} broke, and whether the request was carried out is unknown ({exception.Message})",
                exception);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw Unreachable($"no answer within {AnswerTimeout.TotalSeconds} seconds");
        }
    }

    private static bool IsUnreachable(HttpRequestError error) =>
        error is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError;

    private static JsonElement? TryParse(byte[] body)
    {
        try
        {
            return JsonElement.Parse(body);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private MessageQueueClientException Unreachable(string reason) =>
        new(MessageQueueClientException.Unreachable, $"no server answers at {_address.Root} ({reason})");

    private MessageQueueClientException Refused(HttpStatusCode status, JsonElement? json)
    {
        if (json is not { ValueKind: JsonValueKind.Object } error
            || !error.TryGetProperty("code", out JsonElement code)
            || !error.TryGetProperty("message", out JsonElement text))
        {
            return new MessageQueueClientException(
                MessageQueueClientException.NotAServer,
                $"{_address.Root} is not a MessageQueue server: it answers with status {(int)status}");
        }

        return (status, code.ToString()) switch
        {
            (HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden, _) =>
                new MessageQueueClientException(MessageQueueClientException.Forbidden, $"the server refuses the request: {text}"),
            (_, "unknown_session") => new MessageQueueClientException("unknown_session", text.ToString()),
            (_, string other) => new MessageQueueClientException(other, $"the server refuses the request, {code}: {text}"),
        };
    }
}

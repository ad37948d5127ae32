using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace MessageQueue.Host.Client;

/// <summary>Sends HTTP requests to a server. Every method returns the JSON of the answer, and throws where the request failed.</summary>
/// <exception cref="ClientException">The server refused the request, or did not answer.</exception>
internal sealed class ServerClient(ServerAddress address) : IDisposable
{
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(60);

    private readonly HttpClient _http =
        new(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(10), AllowAutoRedirect = false }) { Timeout = AnswerTimeout };

    /// <summary>Publishes an event; returns once it is durable.</summary>
    public Task<JsonElement> EmitAsync(OutgoingEvent outgoing, CancellationToken cancellationToken = default)
    {
        List<(string, string?)> query =
        [
            ("event", outgoing.Name),
            ("session", outgoing.Session),
            ("ttl", ((long?)outgoing.TimeToLive?.TotalMilliseconds)?.ToString(CultureInfo.InvariantCulture)),
            ("args", outgoing.HasSeveralArguments ? "true" : null),
            ("volatile", outgoing.Volatile ? "true" : null),
            .. outgoing.To.Select(target => ("to", (string?)target)),
        ];
        HttpRequestMessage request = new(HttpMethod.Post, address.Http(outgoing.Namespace, query));
        if (outgoing.Data is not null)
        {
            request.Content = new ByteArrayContent(outgoing.Data);
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
    public Task<JsonElement> ListAsync(string name, string? ns, int limit, string? after, CancellationToken cancellationToken = default)
    {
        string rows = limit.ToString(CultureInfo.InvariantCulture);
        Uri uri = address.Http($"/-/{name}", ("namespace", ns), ("limit", rows), ("after", after));
        return SendAsync(new HttpRequestMessage(HttpMethod.Get, uri), cancellationToken);
    }

    /// <summary>Ends a session for good.</summary>
    public Task<JsonElement> EndSessionAsync(string ns, string session, CancellationToken cancellationToken = default) =>
        DeleteAsync("/-/sessions", ns, ("session", session), cancellationToken);

    /// <summary>Moves an unfinished event of a durable handler to the dead letters.</summary>
    public Task<JsonElement> SkipAsync(string ns, long id, CancellationToken cancellationToken = default) =>
        DeleteAsync("/-/events", ns, ("id", id.ToString(CultureInfo.InvariantCulture)), cancellationToken);

    public void Dispose() => _http.Dispose();

    private Task<JsonElement> DeleteAsync(string path, string ns, (string Name, string? Value) key, CancellationToken cancellationToken) =>
        SendAsync(new HttpRequestMessage(HttpMethod.Delete, address.Http(path, ("namespace", ns), key)), cancellationToken);

    private async Task<JsonElement> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using HttpRequestMessage sent = request;
        request.Headers.Authorization = address.Bearer is string token ? new AuthenticationHeaderValue("Bearer", token) : null;
        try
        {
            using HttpResponseMessage response = await _http.SendAsync(request, cancellationToken);
            byte[] body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
            JsonElement? json = TryParse(body);
            return response.IsSuccessStatusCode && json is { } answer ? answer : throw Refused(response.StatusCode, json);
        }
        catch (HttpRequestException exception) when (IsUnreachable(exception.HttpRequestError))
        {
            throw ClientException.Unreachable(address, exception.InnerException?.Message ?? exception.Message);
        }
        catch (HttpRequestException exception)
        {
            throw ClientException.OutcomeUnknown(address, exception.Message);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw ClientException.Unreachable(address, $"no answer within {AnswerTimeout.TotalSeconds} seconds");
        }
    }

    private static bool IsUnreachable(HttpRequestError error) =>
        error is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError;

    private static JsonElement? TryParse(byte[] body)
    {
        try
        {
            return JsonSerializer.Deserialize<JsonElement>(body);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private ClientException Refused(HttpStatusCode status, JsonElement? json)
    {
        if (json is not { ValueKind: JsonValueKind.Object } error
            || !error.TryGetProperty("code", out JsonElement code)
            || !error.TryGetProperty("message", out JsonElement text))
        {
            return ClientException.NotAServer(address, (int)status);
        }

        return (status, code.ToString()) switch
        {
            (HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden, _) => ClientException.NotAllowed(text.ToString()),
            (_, "unknown_session") => new ClientException(ClientError.UnknownSession, text.ToString()),
            _ => new ClientException(ClientError.Refused, $"the server refuses the request, {code}: {text}"),
        };
    }
}

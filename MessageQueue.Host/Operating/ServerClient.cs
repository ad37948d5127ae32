using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace MessageQueue.Host.Operating;

/// <summary>Sends requests to a server, and turns whatever comes instead of an answer into one line and an exit code.</summary>
internal sealed class ServerClient(ServerAddress address) : IDisposable
{
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(60);

    private readonly HttpClient _http = new(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(10), AllowAutoRedirect = false }) { Timeout = AnswerWithin };

    /// <summary>What is said where nothing listens.</summary>
    public static CommandException Unreachable(ServerAddress address, string reason) =>
        new(ExitCode.Unreachable, $"no server answers at {address.Root} ({reason}); start it, or name another with --url");

    /// <summary>What is said where the token does not open the door.</summary>
    public static CommandException NotAllowed(string reason) => new(ExitCode.NotAllowed, $"the server refuses: {reason}; give the right --token, or set MESSAGEQUEUE_TOKEN");

    /// <summary>Sends a request and returns the JSON of its answer.</summary>
    /// <exception cref="CommandException">It was refused, or the server is not there.</exception>
    public async Task<JsonElement> SendAsync(HttpMethod method, Uri uri, Action<HttpRequestMessage>? configure = null, CancellationToken cancellationToken = default)
    {
        using HttpRequestMessage request = new(method, uri);
        request.Headers.Authorization = address.Bearer is string token ? new AuthenticationHeaderValue("Bearer", token) : null;
        configure?.Invoke(request);
        try
        {
            using HttpResponseMessage response = await _http.SendAsync(request, cancellationToken);
            byte[] body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
            JsonElement? json = TryParse(body);
            return response.IsSuccessStatusCode && json is { } answer ? answer : throw Refused(response.StatusCode, json);
        }
        catch (HttpRequestException exception) when (exception.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError)
        {
            throw Unreachable(address, exception.InnerException?.Message ?? exception.Message);
        }
        catch (HttpRequestException exception)
        {
            throw new CommandException(ExitCode.Failed, $"the connection to {address.Root} broke before it answered, and whether it was done is not known ({exception.Message}); look, or repeat it");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw Unreachable(address, $"nothing came within {AnswerWithin.TotalSeconds} seconds");
        }
    }

    public void Dispose() => _http.Dispose();

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

    private CommandException Refused(HttpStatusCode status, JsonElement? json)
    {
        if (json is not { ValueKind: JsonValueKind.Object } error || !error.TryGetProperty("code", out JsonElement code) || !error.TryGetProperty("message", out JsonElement message))
        {
            return new CommandException(ExitCode.Failed, $"what answers at {address.Root} with status {(int)status} is no MessageQueue server; name one with --url");
        }

        string text = message.ToString();
        return (status, code.ToString()) switch
        {
            (HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden, _) => NotAllowed(text.Replace(';', ',')),
            (_, "unknown_session") => new CommandException(ExitCode.UnknownSession, $"{text.Replace(';', ',')}; see the command sessions for those there are"),
            _ => new CommandException(ExitCode.Failed, $"the server refuses, {code}: {text}"),
        };
    }
}

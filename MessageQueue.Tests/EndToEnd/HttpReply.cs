using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.EndToEnd;

/// <summary>The answer of a server to a request that is not a WebSocket.</summary>
internal sealed record HttpReply(HttpStatusCode Status, JsonElement Body, HttpResponseHeaders Headers, HttpContentHeaders ContentHeaders)
{
    private static readonly HttpClient Client = new();

    /// <summary>The <c>code</c> of an error.</summary>
    public string? Code => Body.TryGetProperty("code", out JsonElement code) ? code.GetString() : null;

    /// <summary>Posts JSON, or no body if <paramref name="json"/> is null.</summary>
    public static Task<HttpReply> PostAsync(
        string url, string? json = null, string? key = null, Action<HttpRequestMessage>? configure = null) =>
        SendAsync(HttpMethod.Post, url, request =>
        {
            request.Content = json is null ? null : new StringContent(json, Encoding.UTF8, "application/json");
            if (key is not null)
            {
                request.Headers.Add("Idempotency-Key", key);
            }

            configure?.Invoke(request);
        });

    /// <summary>Gets JSON.</summary>
    public static Task<HttpReply> GetAsync(string url, Action<HttpRequestMessage>? configure = null) =>
        SendAsync(HttpMethod.Get, url, configure);

    public static async Task<HttpReply> SendAsync(HttpMethod method, string url, Action<HttpRequestMessage>? configure = null)
    {
        using HttpRequestMessage request = new(method, url);
        configure?.Invoke(request);
        using HttpResponseMessage response = await Client.SendAsync(request).OrTimeout();
        byte[] body = await response.Content.ReadAsByteArrayAsync().OrTimeout();
        JsonElement json = body.Length == 0 ? default : JsonSerializer.Deserialize<JsonElement>(body);
        return new HttpReply(response.StatusCode, json, response.Headers, response.Content.Headers);
    }

    /// <summary>Checks that the answer is a 200, and returns the event's number.</summary>
    public long ShouldBeAck()
    {
        Status.Should().Be(HttpStatusCode.OK, "{0}", Body);
        ContentHeaders.ContentType!.MediaType.Should().Be("application/json");
        Body.GetProperty("type").GetString().Should().Be("ack");
        return Body.GetProperty("id").GetInt64();
    }

    /// <summary>Checks that the answer is this error.</summary>
    public void ShouldBeError(int status, string code)
    {
        ((int)Status).Should().Be(status, "{0}", Body);
        Body.GetProperty("type").GetString().Should().Be("error");
        Code.Should().Be(code);
        Body.GetProperty("message").GetString().Should().NotBeEmpty();
    }
}

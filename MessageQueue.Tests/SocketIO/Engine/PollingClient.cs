using System.Net;
using System.Text;
using System.Text.Json;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.SocketIO.Engine;

/// <summary>A client on long-polling.</summary>
internal sealed class PollingClient : IDisposable
{
    private readonly HttpClient _http;

    private PollingClient(string url) => _http = new HttpClient { BaseAddress = new Uri(url), Timeout = Timeouts.Limit };

    public string Sid { get; private set; } = "";

    /// <summary>What the server said in the handshake.</summary>
    public JsonElement Handshake { get; private set; }

    private string Path => $"/engine.io/?EIO=4&transport=polling&sid={Sid}";

    public static async Task<PollingClient> OpenAsync(string url)
    {
        PollingClient client = new(url);
        string handshake = await client._http.GetStringAsync("/engine.io/?EIO=4&transport=polling").OrTimeout();
        handshake.Should().StartWith("0");
        client.Handshake = JsonSerializer.Deserialize<JsonElement>(handshake[1..]);
        client.Sid = client.Handshake.GetProperty("sid").GetString()!;
        return client;
    }

    /// <summary>Polls, and returns the payload with <c>|</c> between its packets.</summary>
    public async Task<string> PollAsync()
    {
        HttpResponseMessage response = await GetAsync();
        response.StatusCode.Should().Be(HttpStatusCode.OK);
        response.Content.Headers.ContentType!.ToString().Should().Be("text/plain; charset=UTF-8");
        response.Headers.CacheControl!.NoStore.Should().BeTrue();
        return (await response.Content.ReadAsStringAsync().OrTimeout()).Replace('\x1e', '|');
    }

    public Task<HttpResponseMessage> GetAsync(CancellationToken cancellationToken = default) =>
        _http.GetAsync(Path, cancellationToken).OrTimeout();

    /// <summary>Sends packets, given with <c>|</c> between them.</summary>
    public async Task PostAsync(string packets)
    {
        HttpResponseMessage response = await SendAsync(packets);
        response.StatusCode.Should().Be(HttpStatusCode.OK);
        (await response.Content.ReadAsStringAsync().OrTimeout()).Should().Be("ok");
    }

    public Task<HttpResponseMessage> SendAsync(string packets) =>
        SendAsync(new StringContent(packets.Replace('|', '\x1e'), Encoding.UTF8, "text/plain"));

    public Task<HttpResponseMessage> SendAsync(HttpContent body) => _http.PostAsync(Path, body).OrTimeout();

    /// <summary>Checks that the connection is unknown.</summary>
    public async Task ShouldBeUnknownAsync()
    {
        HttpResponseMessage response = await GetAsync();
        response.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        (await response.Content.ReadAsStringAsync().OrTimeout()).Should().Be("""{"code":1,"message":"Session ID unknown"}""");
    }

    public void Dispose() => _http.Dispose();
}

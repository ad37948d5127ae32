using System.Net;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using MessageQueue.Host.Page;
using MessageQueue.Tests.Embedding;
using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace MessageQueue.Tests.Page;

/// <summary>How the page's files are served, and what is in them.</summary>
internal sealed partial class PageFilesTests
{
    private static readonly HttpClient Http = new();
    private static readonly string[] Files = [.. Directory.GetFiles(RepositoryRoot.Combine("MessageQueue.Host", "Page"))
        .Select(file => Path.GetFileName(file)!).Where(file => !file.EndsWith(".cs", StringComparison.Ordinal))];

    private TestServer _server = null!;

    [OneTimeSetUp]
    public async Task SetUp() => _server = await TestServer.StartAsync(options => options.Fallback = ChatPage.AnswerAsync);

    [OneTimeTearDown]
    public async Task TearDown() => await _server.DisposeAsync();

    [TestCaseSource(nameof(Files))]
    public async Task Every_file_is_served_with_the_policy(string file)
    {
        using HttpResponseMessage response = await GetAsync(PathOf(file));

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        response.Headers.GetValues("X-Content-Type-Options").Should().Equal("nosniff");
        response.Headers.CacheControl!.NoCache.Should().BeTrue();
        string[] policy = response.Headers.GetValues("Content-Security-Policy").Single().Split("; ");
        policy.Should().Contain(
            ["default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "base-uri 'none'", "form-action 'none'"]);
        policy.Should().NotContain(directive => directive.Contains("unsafe") || directive.Contains("http") || directive.Contains('*'));
        (await response.Content.ReadAsByteArrayAsync())
            .Should().Equal(await File.ReadAllBytesAsync(RepositoryRoot.Combine("MessageQueue.Host", "Page", file)));
    }

    [TestCaseSource(nameof(Files))]
    public async Task Who_has_a_file_gets_304(string file)
    {
        using HttpResponseMessage first = await GetAsync(PathOf(file));

        using HttpResponseMessage second = await GetAsync(PathOf(file), tag: first.Headers.ETag);

        second.StatusCode.Should().Be(HttpStatusCode.NotModified);
        (await second.Content.ReadAsByteArrayAsync()).Should().BeEmpty();
    }

    [TestCaseSource(nameof(Files))]
    public void Nothing_is_inline_or_from_elsewhere(string file)
    {
        string text = File.ReadAllText(RepositoryRoot.Combine("MessageQueue.Host", "Page", file));

        Inline().Matches(text).Should().BeEmpty();
        Elsewhere().Matches(text.Replace("http://www.w3.org/2000/svg", "", StringComparison.Ordinal)).Should().BeEmpty();
        HtmlFromText().Matches(text).Should().BeEmpty();
    }

    [Test]
    public async Task Who_does_not_ask_for_HTML_gets_no_page()
    {
        (await StatusAsync("/", "*/*")).Should().Be(HttpStatusCode.NotFound);
        (await StatusAsync("/", "application/json")).Should().Be(HttpStatusCode.NotFound);
        (await StatusAsync("/", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8")).Should().Be(HttpStatusCode.OK);
        (await StatusAsync("/page/chat.js", "*/*")).Should().Be(HttpStatusCode.OK);
    }

    [TestCase("/chat")]
    [TestCase("/page/")]
    [TestCase("/page/ChatPage.cs")]
    [TestCase("/page/../page/index.html")]
    [TestCase("/index.html")]
    public async Task Other_paths_are_not_the_page(string path) => (await StatusAsync(path)).Should().Be(HttpStatusCode.NotFound);

    [Test]
    public async Task The_paths_of_the_server_stay_its_own()
    {
        using HttpResponseMessage module = await GetAsync("/messagequeue.js");
        (await module.Content.ReadAsByteArrayAsync())
            .Should().Equal(await File.ReadAllBytesAsync(RepositoryRoot.Combine("clients", "js", "messagequeue.js")));
        (await StatusAsync("/healthz")).Should().Be(HttpStatusCode.OK);
        (await StatusAsync("/-/sessions")).Should().Be(HttpStatusCode.Forbidden);
        await using EventClient client = await _server.ConnectAsync("room=lobby", "/page/chat.js");
        client.Welcome.GetProperty("resumed").GetBoolean().Should().BeFalse();
    }

    [Test]
    public async Task The_host_serves_it_unless_it_is_told_not_to()
    {
        using TemporaryDirectory data = new();
        await using (HostProcess host = await HostProcess.StartAsync(data.FullName, "--token", "secret"))
        {
            (await StatusAsync(host.Url, "/", "text/html")).Should().Be(HttpStatusCode.OK);
            await host.TerminateAsync();
        }

        await using HostProcess without = await HostProcess.StartAsync(data.FullName, "--no-page");
        (await StatusAsync(without.Url, "/", "text/html")).Should().Be(HttpStatusCode.NotFound);
        (await StatusAsync(without.Url, "/page/chat.js", "*/*")).Should().Be(HttpStatusCode.NotFound);
    }

    [Test]
    public async Task Below_a_path_of_an_app_it_is_served_too()
    {
        await using TestApp app = await StartBelowAsync("/base");

        (await StatusAsync(app.Url, "/base/", "text/html")).Should().Be(HttpStatusCode.OK);
        (await StatusAsync(app.Url, "/base/page/chat.css", "*/*")).Should().Be(HttpStatusCode.OK);
    }

    /// <summary>Starts an app with the page below a path, as behind a proxy.</summary>
    public static Task<TestApp> StartBelowAsync(string path) => TestApp.StartAsync(
        isReal: true,
        builder => builder.Services.AddMessageQueue(options =>
        {
            TestApp.Open(options);
            options.Fallback = ChatPage.AnswerAsync;
        }),
        app =>
        {
            app.UsePathBase(path);
            app.UseRouting();
            app.MapMessageQueue("/");
        });

    private static string PathOf(string file) => file == "index.html" ? "/" : $"/page/{file}";

    private Task<HttpStatusCode> StatusAsync(string path, string accept = "text/html") => StatusAsync(_server.Url, path, accept);

    private static async Task<HttpStatusCode> StatusAsync(string url, string path, string accept)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, url + path);
        request.Headers.TryAddWithoutValidation("Accept", accept);
        using HttpResponseMessage response = await Http.SendAsync(request).OrTimeout();
        return response.StatusCode;
    }

    private async Task<HttpResponseMessage> GetAsync(string path, EntityTagHeaderValue? tag = null)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, _server.Url + path);
        request.Headers.Accept.ParseAdd("text/html");
        if (tag is not null)
        {
            request.Headers.IfNoneMatch.Add(tag);
        }

        return await Http.SendAsync(request).OrTimeout();
    }

    [GeneratedRegex("""<style|<script(?![^>]* src=")[^>]*>|\s(style|on\w+)="|javascript:""", RegexOptions.IgnoreCase)]
    private static partial Regex Inline();

    [GeneratedRegex("""https?://|(src|href)="/|url\(""")]
    private static partial Regex Elsewhere();

    [GeneratedRegex("""innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|\beval\b|new Function""")]
    private static partial Regex HtmlFromText();
}

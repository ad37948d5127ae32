using System.Net;
using MessageQueue.Tests.Infrastructure;
using MessageQueue.Tokens;

namespace MessageQueue.Tests.Tokens;

/// <summary>Keys at an address: how often they are read, and what happens while they cannot be.</summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class KeyUrlTests : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(10);

    private readonly ManualTimeProvider _clock = new();
    private readonly Issuer _issuer = new();
    private readonly LoggedLines _log = new();
    private readonly KeyUrl _keys;

    public KeyUrlTests()
    {
        _keys = new KeyUrl("http://127.0.0.1:1/jwks.json", Interval, _clock, _log, _issuer);
    }

    public void Dispose()
    {
        _keys.Dispose();
        _issuer.Dispose();
    }

    [Test]
    public async Task Keys_are_read_once_and_again_after_the_interval_without_making_anybody_wait()
    {
        (await _keys.GetAsync(isMissing: false)).Should().ContainSingle().Which.Id.Should().Be("first");
        await _keys.GetAsync(isMissing: false);
        _issuer.Requests.Should().Be(1);

        _issuer.Gate = new TaskCompletionSource();
        _issuer.Text = TestKeys.Set(TestKeys.Jwk(TestKeys.Rsa, "second"));
        _clock.Advance(Interval);
        (await _keys.GetAsync(isMissing: false)).Should().ContainSingle().Which.Id.Should().Be("first");
        _issuer.Gate.SetResult();

        (await _keys.GetAsync(isMissing: true)).Should().ContainSingle().Which.Id.Should().Be("second");
        _issuer.Requests.Should().Be(2);
    }

    [Test]
    public async Task An_unknown_key_has_them_read_again_but_not_often()
    {
        await _keys.GetAsync(isMissing: false);
        _issuer.Text = TestKeys.Set(TestKeys.Jwk(TestKeys.Rsa, "second"));

        for (int i = 0; i < 100; i++)
        {
            (await _keys.GetAsync(isMissing: true)).Should().ContainSingle().Which.Id.Should().Be("first");
        }

        _issuer.Requests.Should().Be(1);
        _clock.Advance(KeyUrl.ShortestInterval);
        (await _keys.GetAsync(isMissing: true)).Should().ContainSingle().Which.Id.Should().Be("second");
        _issuer.Requests.Should().Be(2);
    }

    [Test]
    public async Task While_they_cannot_be_read_the_keys_from_before_stay_and_attempts_become_rare()
    {
        await _keys.GetAsync(isMissing: false);
        _issuer.Text = null;
        _clock.Advance(Interval);
        List<int> attempts = [];
        for (int second = 0; second < 900; second++)
        {
            int before = _issuer.Requests;
            (await _keys.GetAsync(isMissing: true)).Should().ContainSingle();
            if (_issuer.Requests > before)
            {
                attempts.Add(second);
            }

            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        attempts.Should().Equal(0, 1, 3, 7, 15, 31, 63, 127, 255, 511, 811);
        _log.Said.Should().Contain(line => line.Contains("cannot be read", StringComparison.Ordinal));

        _issuer.Text = TestKeys.Set(TestKeys.Jwk(TestKeys.Rsa, "second"));
        _clock.Advance(TimeSpan.FromMinutes(5));
        (await _keys.GetAsync(isMissing: true)).Should().ContainSingle().Which.Id.Should().Be("second");
    }

    [Test]
    public async Task Until_they_were_read_once_there_are_none()
    {
        _issuer.Text = "not json";
        (await _keys.GetAsync(isMissing: false)).Should().BeNull();
        (await _keys.GetAsync(isMissing: true)).Should().BeNull();
        _issuer.Requests.Should().Be(1);

        _issuer.Text = TestKeys.Set(TestKeys.Jwk(TestKeys.Rsa, "first"));
        _clock.Advance(TimeSpan.FromSeconds(1));
        (await _keys.GetAsync(isMissing: false)).Should().ContainSingle();
    }

    [Test]
    public async Task A_large_answer_is_not_read()
    {
        _issuer.Text = new string(' ', 2 << 20);

        (await _keys.GetAsync(isMissing: false)).Should().BeNull();
    }

    [TestCase("https://example.com/jwks", true)]
    [TestCase("http://127.0.0.1:5000/jwks", true)]
    [TestCase("http://localhost/jwks", true)]
    [TestCase("http://example.com/jwks", false)]
    [TestCase("file:///etc/keys", false)]
    [TestCase("keys.json", false)]
    public void Keys_come_over_TLS_or_from_this_machine(string url, bool expected) => KeyUrl.IsAllowed(url).Should().Be(expected);

    private sealed class Issuer : HttpMessageHandler
    {
        public string? Text { get; set; } = TestKeys.Set(TestKeys.Jwk(TestKeys.Rsa, "first"));

        public TaskCompletionSource? Gate { get; set; }

        public int Requests { get; private set; }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Requests++;
            if (Gate is { } gate)
            {
                await gate.Task.OrTimeout();
            }

            return Text is null
                ? new HttpResponseMessage(HttpStatusCode.InternalServerError)
                : new HttpResponseMessage { Content = new StringContent(Text) };
        }
    }
}

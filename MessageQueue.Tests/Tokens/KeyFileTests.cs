using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MessageQueue.Tests.Infrastructure;
using MessageQueue.Tokens;

namespace MessageQueue.Tests.Tokens;

/// <summary>Files with keys: what they may hold, and how they are replaced.</summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class KeyFileTests : IDisposable
{
    private const string OtherSecret = "another secret that is long enough to be one";

    private readonly ManualTimeProvider _clock = new();
    private readonly TemporaryDirectory _directory = new();
    private readonly ErrorRecorder _errors = new();
    private readonly TokenOptions _options = new();

    public void Dispose()
    {
        _directory.Dispose();
        _errors.Dispose();
    }

    [Test]
    public async Task A_secret_is_all_of_a_file_but_its_last_line_feed()
    {
        using TokenVerifier verifier = Open(TestKeys.Secret + "\r\n");

        (await IsValidAsync(verifier, TestKeys.Secret)).Should().BeTrue();
    }

    [Test]
    public async Task A_file_may_hold_certificates_and_key_sets()
    {
        CertificateRequest request = new("CN=issuer", TestKeys.Rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddDays(1));
        Write("certificate", certificate.ExportCertificatePem());
        using TokenVerifier verifier = Open(TestKeys.Set(TestKeys.Jwk(OtherSecret, "s"), TestKeys.Jwk(TestKeys.Ecdsa, "e")));

        (await verifier.VerifyAsync(TestToken.Rs256(Claims()))).Error.Should().BeNull();
        (await verifier.VerifyAsync(TestToken.Es256(Claims()))).Error.Should().BeNull();
        (await IsValidAsync(verifier, OtherSecret)).Should().BeTrue();
    }

    [Test]
    public void A_file_without_a_usable_key_stops_the_start_and_is_named()
    {
        string pkcs8 = TestKeys.Rsa.ExportPkcs8PrivateKeyPem();
        using var small = RSA.Create(1024);
        using var large = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        foreach ((string text, string reason) in new[]
        {
            ("short", "the secret has 5 bytes"), ("", "the secret has 0 bytes"), ("{", "not a JSON Web Key"), ("{}", "no key for"),
            ("""{"keys":[{"kty":"RSA","n":"!","e":"AQAB"}]}""", "not base64url"),
            ("""{"keys":[{"kty":"EC","crv":"P-256","x":"AAAA","y":"AAAA"}]}""", "no point of P-256"),
            (TestKeys.Set(TestKeys.Jwk(TestKeys.Rsa, "r", use: "enc")), "no key for"),
            (TestKeys.Set(Enumerable.Range(0, 33).Select(i => TestKeys.Jwk(OtherSecret, $"{i}"))), "33 keys"),
            (pkcs8, "private key"), (small.ExportSubjectPublicKeyInfoPem(), "1024 bits"),
            (large.ExportSubjectPublicKeyInfoPem(), "384 bits"),
            ("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", "no valid public key"),
        })
        {
            _options.KeyFiles.Clear();
            Action open = () => Open(text).Dispose();

            open.Should().Throw<ArgumentException>().WithMessage($"Option Tokens.KeyFiles: *keys: *{reason}*")
                .Which.Message.Should().NotContain(pkcs8[100..150]);
        }

        File.Delete(_directory.Combine("keys"));
        Action missing = () => new TokenVerifier(_options, _clock, _errors).Dispose();
        missing.Should().Throw<ArgumentException>().WithMessage("*cannot be read*");
    }

    [Test]
    public async Task A_file_that_is_replaced_brings_new_keys_and_takes_the_old_ones_away()
    {
        using TokenVerifier verifier = Open(TestKeys.Secret);

        Write("keys", OtherSecret);
        (await IsValidAsync(verifier, TestKeys.Secret)).Should().BeTrue("the file was looked at less than 5 seconds ago");
        (await IsValidAsync(verifier, OtherSecret)).Should().BeFalse("nor for a token that does not fit, for a second");

        _clock.Advance(KeyFile.ShortestInterval);
        (await IsValidAsync(verifier, OtherSecret)).Should().BeTrue("a token that does not fit makes it look earlier");
        (await IsValidAsync(verifier, TestKeys.Secret)).Should().BeFalse();

        Write("keys", TestKeys.Secret);
        _clock.Advance(KeyFile.CheckInterval);
        (await IsValidAsync(verifier, OtherSecret)).Should().BeFalse();
        _errors.Errors.Should().BeEmpty();
    }

    [Test]
    public async Task A_link_that_is_turned_to_another_file_brings_new_keys()
    {
        Write("first", TestKeys.Secret);
        Write("second", OtherSecret);
        File.CreateSymbolicLink(_directory.Combine("link"), _directory.Combine("first"));
        _options.KeyFiles.Clear();
        _options.KeyFiles.Add(_directory.Combine("link"));
        using TokenVerifier verifier = new(_options, _clock, _errors);

        File.Delete(_directory.Combine("link"));
        File.CreateSymbolicLink(_directory.Combine("link"), _directory.Combine("second"));
        _clock.Advance(KeyFile.CheckInterval);

        (await IsValidAsync(verifier, OtherSecret)).Should().BeTrue();
    }

    [Test]
    public async Task While_a_changed_file_is_not_valid_the_keys_from_before_stay_and_that_is_logged_once()
    {
        using TokenVerifier verifier = Open(TestKeys.Secret);

        Write("keys", "too short");
        for (int i = 0; i < 3; i++)
        {
            _clock.Advance(KeyFile.CheckInterval);
            (await IsValidAsync(verifier, TestKeys.Secret)).Should().BeTrue();
        }

        _errors.Errors.Should().ContainSingle().Which.Should().Contain("the secret has 9 bytes").And.NotContain("too short");

        Write("keys", OtherSecret);
        _clock.Advance(KeyFile.CheckInterval);
        (await IsValidAsync(verifier, OtherSecret)).Should().BeTrue();
    }

    private static object Claims() => new { exp = TestToken.Start + 3600 };

    private static async Task<bool> IsValidAsync(TokenVerifier verifier, string secret) =>
        (await verifier.VerifyAsync(TestToken.Hs256(Claims(), secret: secret))).Error is null;

    private void Write(string name, string text)
    {
        string path = _directory.Combine(name);
        File.WriteAllText(path, text);
        if (!_options.KeyFiles.Contains(path))
        {
            _options.KeyFiles.Add(path);
        }
    }

    private TokenVerifier Open(string text)
    {
        Write("keys", text);
        return new TokenVerifier(_options.Clone(), _clock, _errors);
    }
}

using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using MessageQueue.Tests.Infrastructure;
using MessageQueue.Tokens;
using Microsoft.Extensions.Logging.Abstractions;

namespace MessageQueue.Tests.Tokens;

/// <summary>Which tokens are valid, and what is said about the others.</summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class TokenVerifierTests : IDisposable
{
    private static readonly object Claims = new { sub = "ann", exp = TestToken.Start + 60 };

    private readonly ManualTimeProvider _clock = new();
    private readonly TemporaryDirectory _directory = new();
    private readonly TokenOptions _options = new() { Secret = TestKeys.Secret };

    public void Dispose() => _directory.Dispose();

    [Test]
    public async Task A_token_that_is_signed_with_one_of_the_keys_is_valid()
    {
        AddKeys(TestKeys.Rsa.ExportSubjectPublicKeyInfoPem() + "\n" + TestKeys.Ecdsa.ExportSubjectPublicKeyInfoPem());

        foreach (string token in new[] { TestToken.Hs256(Claims), TestToken.Rs256(Claims), TestToken.Es256(Claims) })
        {
            TokenResult result = await VerifyAsync(token);

            result.Error.Should().BeNull();
            result.Grant!.Subject.Should().Be("ann");
            result.Grant.User.FindFirst("sub")!.Value.Should().Be("ann");
            result.Grant.User.Identity!.IsAuthenticated.Should().BeTrue();
        }
    }

    [Test]
    public async Task A_token_without_a_signature_is_refused_whatever_it_calls_that()
    {
        foreach (string alg in new[] { "none", "None", "NONE", "", "HS512", "RS384", "PS256", "hs256" })
        {
            foreach (byte[] signature in new byte[][] { [], new byte[32] })
            {
                TokenResult result = await VerifyAsync(TestToken.Sign(new { alg }, Claims, _ => signature));
                result.Error.Should().NotBeNull("of {0}", alg);
            }
        }

        (await VerifyAsync(TestToken.Sign(new { alg = "none" }, Claims, _ => []))).Error!.Text
            .Should().Be("the token is not signed with HS256, RS256 or ES256");
    }

    [Test]
    public async Task A_public_key_is_not_taken_for_a_secret()
    {
        string pem = TestKeys.Rsa.ExportSubjectPublicKeyInfoPem();
        _options.Secret = null;
        AddKeys(pem);

        foreach (byte[] secret in new[]
        {
            Encoding.ASCII.GetBytes(pem), Encoding.ASCII.GetBytes(pem + "\n"), TestKeys.Rsa.ExportSubjectPublicKeyInfo(),
        })
        {
            string token = TestToken.Sign(new { alg = "HS256" }, Claims, bytes => HMACSHA256.HashData(secret, bytes));
            (await VerifyAsync(token)).Error.Should().Be(TokenError.UnknownKey);
        }
    }

    [Test]
    public async Task A_key_of_one_algorithm_is_not_used_for_another()
    {
        _options.Secret = null;
        AddKeys(TestKeys.Set(TestKeys.Jwk(TestKeys.Rsa, "r"), TestKeys.Jwk(TestKeys.Ecdsa, "e")));

        (await VerifyAsync(TestToken.Rs256(Claims, header: new { alg = "RS256", kid = "e" }))).Error.Should().Be(TokenError.UnknownKey);
        (await VerifyAsync(TestToken.Rs256(Claims, header: new { alg = "ES256", kid = "e" }))).Error.Should().Be(TokenError.WrongSignature);
        (await VerifyAsync(TestToken.Rs256(Claims, header: new { alg = "RS256", kid = "r" }))).Error.Should().BeNull();
    }

    [Test]
    public async Task A_wrong_signature_is_refused()
    {
        AddKeys(TestKeys.Rsa.ExportSubjectPublicKeyInfoPem());
        string token = TestToken.Hs256(Claims);
        string[] parts = token.Split('.');
        string other = TestToken.Hs256(new { sub = "eve", exp = TestToken.Start + 60 }).Split('.')[1];

        foreach (string wrong in new[]
        {
            $"{parts[0]}.{other}.{parts[2]}", $"{parts[0]}.{parts[1]}.", $"{parts[0]}.{parts[1]}.{parts[2][..^2]}",
            TestToken.Hs256(Claims, secret: "another secret that is long enough to be one"),
            TestToken.Rs256(Claims, TestKeys.OtherRsa),
        })
        {
            (await VerifyAsync(wrong)).Error.Should().NotBeNull();
        }

        (await VerifyAsync(TestToken.Rs256(Claims, TestKeys.OtherRsa))).Error.Should().Be(TokenError.WrongSignature);
    }

    [TestCase("""{"alg":"HS256","kid":1}""", """{"exp":4e9}""")]
    [TestCase("""{"alg":"HS256","kid":{}}""", """{"exp":4e9}""")]
    [TestCase("""{"alg":"HS256","kid":null,"typ":1,"cty":[]}""", """{"exp":4e9}""")]
    [TestCase("""{"alg":["HS256"]}""", """{"exp":4e9}""")]
    [TestCase("""{"alg":"HS256"}""", """{"exp":"soon"}""")]
    [TestCase("""{"alg":"HS256"}""", """{"exp":null}""")]
    [TestCase("""{"alg":"HS256"}""", """{"exp":{}}""")]
    [TestCase("""{"alg":"HS256"}""", """{"exp":1e300}""")]
    [TestCase("""{"alg":"HS256"}""", """{"exp":-1e300}""")]
    [TestCase("""{"alg":"HS256"}""", """{"exp":9223372036854775807}""")]
    [TestCase("""{"alg":"HS256"}""", """{"exp":4000000000.5}""")]
    [TestCase("""{"alg":"HS256"}""", """{"exp":4000000000,"nbf":"x"}""")]
    [TestCase("""{"alg":"HS256"}""", """{"exp":4000000000,"sub":1,"iss":[],"aud":{"a":1}}""")]
    [TestCase("""{"alg":"HS256"}""", """{"exp":4000000000,"exp":1}""")]
    [TestCase("""{"alg":"HS256"}""", """[1]""")]
    [TestCase("""{"alg":"HS256"}""", "{")]
    public async Task Whatever_a_token_holds_it_is_valid_or_refused(string header, string claims)
    {
        string text = string.Join('.', new[] { header, claims }.Select(part => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(part))));
        byte[] signature = HMACSHA256.HashData(Encoding.UTF8.GetBytes(TestKeys.Secret), Encoding.ASCII.GetBytes(text));
        foreach (string? issuer in new[] { null, "us" })
        {
            _options.Issuer = _options.Audience = issuer;
            TokenResult result = await VerifyAsync($"{text}.{Base64Url.EncodeToString(signature)}");

            (result.Error is null).Should().Be(result.Grant is not null);
        }
    }

    [TestCase("eyJ.a")]
    [TestCase("eyJ.a.b")]
    [TestCase("ey..")]
    [TestCase("eyJhbGciOiJIUzI1NiJ9.e30.a.b.c")]
    [TestCase("eyJhbGciOiJIUzI1NiJ9.e30=.abc")]
    [TestCase("eyJhbGciOiJIUzI1NiJ9.\u00e9.abc")]
    [TestCase("eyJhbGciOjF9.e30.abc")]
    [TestCase("eyJhbGciOiJIUzI1NiJ9..abc")]
    public async Task What_is_not_a_signed_JWT_is_refused(string token) =>
        (await VerifyAsync(token)).Error!.Kind.Should().Be(TokenErrorKind.Invalid);

    [Test]
    public async Task A_token_whose_header_has_extensions_that_must_be_understood_is_refused() =>
        (await VerifyAsync(TestToken.Hs256(Claims, new { alg = "HS256", crit = new[] { "x" }, x = 1 }))).Error.Should().NotBeNull();

    [Test]
    public async Task A_token_that_is_too_long_is_refused()
    {
        _options.MaxTokenLength = 256;

        (await VerifyAsync(TestToken.Hs256(new { sub = new string('a', 300), exp = TestToken.Start + 60 }))).Error!.Text
            .Should().Be("the token is longer than 256 characters");
    }

    [Test]
    public async Task A_token_is_valid_from_nbf_to_exp_give_or_take_the_leeway()
    {
        _options.Leeway = TimeSpan.FromSeconds(5);
        string token = TestToken.Hs256(new { nbf = TestToken.Start + 10, exp = TestToken.Start + 60 });
        using TokenVerifier verifier = Create();

        async Task<TokenError?> AfterAsync(int seconds)
        {
            _clock.Advance(TimeSpan.FromSeconds(seconds));
            return (await verifier.VerifyAsync(token)).Error;
        }

        (await AfterAsync(4)).Should().Be(TokenError.NotYetValid);
        (await AfterAsync(1)).Should().BeNull();
        (await AfterAsync(59)).Should().BeNull();
        (await AfterAsync(1)).Should().Be(TokenError.Expired);
    }

    [Test]
    public async Task A_token_has_to_expire() =>
        (await VerifyAsync(TestToken.Hs256(new { sub = "ann" }))).Error.Should().Be(TokenError.NoExpiry);

    [Test]
    public async Task Issuer_and_audience_are_checked_where_they_are_set()
    {
        object claims = new { iss = "them", aud = new[] { "a", "b" }, exp = TestToken.Start + 60 };
        (await VerifyAsync(TestToken.Hs256(claims))).Error.Should().BeNull();

        _options.Issuer = "us";
        (await VerifyAsync(TestToken.Hs256(claims))).Error.Should().Be(TokenError.WrongIssuer);
        (await VerifyAsync(TestToken.Hs256(Claims))).Error.Should().Be(TokenError.WrongIssuer);

        _options.Issuer = "them";
        _options.Audience = "c";
        (await VerifyAsync(TestToken.Hs256(claims))).Error.Should().Be(TokenError.WrongAudience);
        (await VerifyAsync(TestToken.Hs256(new { iss = "them", exp = TestToken.Start + 60 }))).Error.Should().Be(TokenError.WrongAudience);

        _options.Audience = "b";
        (await VerifyAsync(TestToken.Hs256(claims))).Error.Should().BeNull();
    }

    [Test]
    public async Task A_claim_of_the_wrong_type_is_named()
    {
        (await VerifyAsync(WithClaims(1))).Error!.Text.Should().Be("the token's claim mq has to be an object");
        (await VerifyAsync(WithClaims(new { join = 1 }))).Error!.Text
            .Should().Be("the token's claim mq.join has to be a string or an array of strings");
        (await VerifyAsync(WithClaims(new { session = new object[] { "a", 1 } }))).Error!.Text.Should().Contain("mq.session");
        (await VerifyAsync(WithClaims(new { operate = "all" }))).Error!.Text
            .Should().Be("the token's claim mq.operate has to be read or write");
    }

    [Test]
    public async Task Claims_say_what_is_allowed()
    {
        TokenGrant grant = (await VerifyAsync(WithClaims(new
        {
            session = "ann:*",
            namespaces = new[] { "/", "/chat" },
            join = new[] { "lobby", "team-*" },
            watch = "lobby",
            emit = new[] { "lobby", "@bob" },
            operate = "read",
            unknown = 1,
        }))).Grant!;

        grant.FindRefusal("/chat", "ann:phone").Should().BeNull();
        grant.FindRefusal("/other", "ann:phone").Should().Be(TokenError.WrongNamespace);
        grant.FindRefusal("/", "bob").Should().Be(TokenError.WrongSession);
        grant.Join.AllowsTarget("team-7"u8).Should().BeTrue();
        grant.Watch.AllowsTarget("team-7"u8).Should().BeFalse();
        grant.Emit.AllowsTarget("@bob"u8).Should().BeTrue();
        grant.Emit.AllowsTarget("team-7"u8).Should().BeFalse();
        (grant.MayRead, grant.MayWrite).Should().Be((true, false));
    }

    [Test]
    public async Task Without_claims_a_user_is_the_session_of_the_same_name_and_may_do_nothing_else()
    {
        TokenGrant grant = (await VerifyAsync(TestToken.Hs256(Claims))).Grant!;

        grant.OnlySession.Should().Be("ann");
        grant.FindRefusal("/", "ann").Should().BeNull();
        grant.FindRefusal("/chat", "ann").Should().Be(TokenError.WrongNamespace);
        grant.FindRefusal("/", null).Should().Be(TokenError.WrongSession);
        grant.Join.AllowsTarget("lobby"u8).Should().BeFalse();
        grant.Watch.AllowsTarget("lobby"u8).Should().BeFalse();
        grant.Emit.AllowsTarget("lobby"u8).Should().BeFalse();
        (grant.MayRead, grant.MayWrite).Should().Be((false, false));
    }

    [Test]
    public async Task The_claim_can_have_another_name()
    {
        _options.Claim = "https://example.com/mq";
        string token = TestToken.Hs256(new Dictionary<string, object>
        {
            ["exp"] = TestToken.Start + 60,
            ["https://example.com/mq"] = new { join = "lobby" },
        });

        (await VerifyAsync(token)).Grant!.Join.AllowsTarget("lobby"u8).Should().BeTrue();
    }

    [TestCase("s3cret", false)]
    [TestCase("eyelid", false)]
    [TestCase("a.b.c", false)]
    [TestCase("eyJhbGciOiJIUzI1NiJ9.e30.x", true)]
    [TestCase("ewogImFsZyI6MX0.e30.x", false, Description = "A header that begins with a line feed is written by nobody.")]
    [TestCase(null, false)]
    public void Only_what_looks_like_a_JWT_is_taken_for_one(string? token, bool expected) =>
        TokenVerifier.IsJwt(token).Should().Be(expected);

    private static string WithClaims(object mq) => TestToken.Hs256(new { sub = "ann", exp = TestToken.Start + 60, mq });

    private void AddKeys(string text)
    {
        string path = _directory.Combine("keys");
        File.WriteAllText(path, text);
        _options.KeyFiles.Add(path);
    }

    private TokenVerifier Create() => new(_options.Clone(), _clock, NullLogger.Instance);

    private async Task<TokenResult> VerifyAsync(string token)
    {
        using TokenVerifier verifier = Create();
        return await verifier.VerifyAsync(token);
    }
}

using MessageQueue.Host;
using MessageQueue.Host.Settings;
using MessageQueue.Tests.Infrastructure;
using Microsoft.Extensions.Logging;

namespace MessageQueue.Tests.ConsoleHost;

internal sealed class SettingsReaderTests
{
    private readonly Dictionary<string, string> _environment = [];
    private TemporaryDirectory _directory = null!;
    private TemporaryDirectory _other = null!;

    [SetUp]
    public void SetUp()
    {
        _environment.Clear();
        _directory = new TemporaryDirectory();
        _other = new TemporaryDirectory();
    }

    [TearDown]
    public void TearDown()
    {
        _directory.Dispose();
        _other.Dispose();
    }

    [Test]
    public void Without_settings_every_option_has_its_default()
    {
        HostSettings settings = Read();

        MessageQueueOptions defaults = new();
        settings.Server.Should().BeEquivalentTo(defaults, options => options.Excluding(server => server.DataDirectory));
        settings.Server.DataDirectory.Should().Be(Path.GetFullPath(defaults.DataDirectory));
        settings.Token.Should().BeNull();
        settings.Insecure.Should().BeFalse();
        settings.LogLevel.Should().Be(LogLevel.Information);
    }

    [Test]
    public void Files_of_the_certificate_are_relative_to_the_current_directory()
    {
        MessageQueueOptions server = Read("--certificate", "cert.pem", "--certificate-key", "key.pem").Server;

        server.Certificate.Should().Be(Path.GetFullPath("cert.pem"));
        server.CertificateKey.Should().Be(Path.GetFullPath("key.pem"));
    }

    [Test]
    public void The_password_of_a_certificate_is_in_no_message() =>
        FluentActions.Invoking(() => Read("--certificate-password", "")).Should().Throw<UsageException>()
            .WithMessage("--certificate-password: the value is not allowed*");

    [Test]
    public void Several_proxies_are_separated_by_commas_in_the_environment()
    {
        _environment["MESSAGEQUEUE_TRUSTED_PROXY"] = "127.0.0.1, 10.0.0.0/8";

        Read().Server.TrustedProxies.Should().Equal("127.0.0.1", "10.0.0.0/8");
    }

    [Test]
    public void The_command_line_wins_over_the_environment_over_the_file()
    {
        File("""{ "MessageQueue": { "MaxWindow": 30, "DefaultWindow": 31, "MaxSessions": 32 } }""");
        _environment["MESSAGEQUEUE_MAX_WINDOW"] = "20";
        _environment["MESSAGEQUEUE_DEFAULT_WINDOW"] = "21";

        MessageQueueOptions server = Read("--max-window", "10").Server;

        server.MaxWindow.Should().Be(10);
        server.DefaultWindow.Should().Be(21);
        server.MaxSessions.Should().Be(32);
    }

    [Test]
    public void A_list_replaces_the_list_of_a_lower_source()
    {
        File("""{ "MessageQueue": { "AllowOrigin": ["https://a.example", "https://b.example"] } }""");
        Read().Server.AllowedOrigins.Should().Equal("https://a.example", "https://b.example");

        _environment["MESSAGEQUEUE_ALLOW_ORIGIN"] = "https://c.example, *";
        Read().Server.AllowedOrigins.Should().Equal("https://c.example", "*");

        Read("--allow-origin", "https://d.example", "--allow-origin", "https://e.example:8443").Server.AllowedOrigins
            .Should().Equal("https://d.example", "https://e.example:8443");
    }

    [Test]
    public void The_file_takes_JSON_values_as_they_are()
    {
        File("""
            {
              // Comments and other sections are usual here.
              "Logging": { "LogLevel": { "Default": "Debug" } },
              "MessageQueue": {
                "maxMessageBytes": 2048, "Insecure": true, "Durability": "os", "IdleTimeout": "90s", "NamedSessionExpiry": "infinite",
              },
            }
            """);

        HostSettings settings = Read();

        settings.Server.MaxMessageBytes.Should().Be(2048);
        settings.Insecure.Should().BeTrue();
        settings.Server.Durability.Should().Be(Durability.Os);
        settings.Server.IdleTimeout.Should().Be(TimeSpan.FromSeconds(90));
        settings.Server.NamedSessionExpiry.Should().Be(Timeout.InfiniteTimeSpan);
    }

    [Test]
    public void Only_the_first_file_is_read()
    {
        File("""{ "MessageQueue": { "MaxWindow": 5 } }""", _other);
        Read().Server.MaxWindow.Should().Be(5);

        File("""{ "MessageQueue": { "MaxSessions": 6 } }""");
        Read().Server.MaxWindow.Should().Be(new MessageQueueOptions().MaxWindow);
    }

    [Test]
    public void A_flag_needs_no_value_and_takes_one()
    {
        Read("--insecure").Insecure.Should().BeTrue();
        Read("--insecure", "true").Insecure.Should().BeTrue();
        _environment["MESSAGEQUEUE_INSECURE"] = "true";
        Read("--insecure=false").Insecure.Should().BeFalse();
    }

    [Test]
    public void An_empty_variable_counts_as_not_set()
    {
        _environment["MESSAGEQUEUE_TOKEN"] = "";
        Read().Token.Should().BeNull();
    }

    [TestCase("--url", "ftp://127.0.0.1:1", "--url: 'ftp://127.0.0.1:1' is not allowed; use http://HOST:PORT*")]
    [TestCase("--durability", "1", "--durability: '1' is not allowed; use fsync, os or memory")]
    [TestCase("--max-message-bytes", "1023", "--max-message-bytes: '1023' is not allowed; use a whole number from 1024 to 16777216")]
    [TestCase("--max-window", "1e3", "--max-window: '1e3' is not allowed; use a whole number*")]
    [TestCase("--max-inbox-total-bytes", "99999999999999999999", "*is not allowed*")]
    [TestCase("--idle-timeout", "5", "--idle-timeout: '5' is not allowed; use a whole number and ms, s, m, h or d*")]
    [TestCase("--idle-timeout", "infinite", "*is not allowed*")]
    [TestCase("--named-session-expiry", "2000000000d", "*is not allowed*or infinite")]
    [TestCase("--allow-origin", "app.example.com", "*SCHEME://HOST*")]
    [TestCase("--allow-origin", "https://app.example.com/", "*SCHEME://HOST*")]
    [TestCase("--data", "", "--data: '' is not allowed; use any text that is not empty")]
    [TestCase("--token", "", "--token: the value is not allowed;*")]
    public void A_refused_value_is_reported_with_the_allowed_ones(string option, string value, string message) =>
        FluentActions.Invoking(() => Read(option, value)).Should().Throw<UsageException>().WithMessage(message);

    [Test]
    public void A_refusal_names_the_source()
    {
        File("""{ "MessageQueue": { "MaxWindow": 0 } }""");
        FluentActions.Invoking(() => Read()).Should().Throw<UsageException>()
            .WithMessage($"\"MaxWindow\" in {_directory.Combine("appsettings.json")}: '0' is not allowed; *");

        _environment["MESSAGEQUEUE_MAX_WINDOW"] = "-1";
        FluentActions.Invoking(() => Read())
            .Should().Throw<UsageException>().WithMessage("MESSAGEQUEUE_MAX_WINDOW: '-1' is not allowed; *");
    }

    [Test]
    public void An_option_with_one_value_cannot_be_given_two() =>
        FluentActions.Invoking(() => Read("--data", "a", "--data", "b"))
            .Should().Throw<UsageException>().WithMessage("--data has 2 values; give it one");

    [TestCase("""{ "MessageQueue": { "MaxWindows": 1 } }""", "\"MaxWindows\" in *appsettings.json is not a setting; see --help*")]
    [TestCase("""{ "MessageQueue": { "MaxWindow": { } } }""", "\"MaxWindow\" in *appsettings.json is object; use *")]
    [TestCase("""{ "MessageQueue": 1 }""", "*appsettings.json or its section*is not an object; *")]
    [TestCase("""[]""", "*is not an object; *")]
    [TestCase("""{ "MessageQueue": """, "*appsettings.json is not JSON: wrong at line 1, byte *; correct it")]
    public void A_file_that_cannot_be_understood_is_refused(string text, string message)
    {
        File(text);
        FluentActions.Invoking(() => Read()).Should().Throw<UsageException>().WithMessage(message);
    }

    [TestCase("http://0.0.0.0:1")]
    [TestCase("http://[::]:1")]
    [TestCase("http://*:1")]
    [TestCase("http://192.0.2.1:1")]
    [TestCase("http://queue.example.com:1")]
    public void Listening_beyond_this_machine_needs_a_token_or_an_explicit_choice_to_have_none(string url)
    {
        FluentActions.Invoking(() => Read("--url", url))
            .Should().Throw<UsageException>().WithMessage($"{url} can be reached*; set --token*--insecure*");

        Read("--url", url, "--token", "t").Server.Url.Should().Be(url);
        Read("--url", url, "--insecure").Server.Url.Should().Be(url);
    }

    private void File(string text, TemporaryDirectory? directory = null) =>
        System.IO.File.WriteAllText((directory ?? _directory).Combine("appsettings.json"), text);

    [Test]
    public void Keys_of_users_tokens_come_from_every_source_and_make_a_server_that_may_be_reached()
    {
        _environment["MESSAGEQUEUE_TOKEN_SECRET"] = new string('s', 32);
        _environment["MESSAGEQUEUE_TOKEN_AUDIENCE"] = "chat";

        HostSettings settings = Read(
            "--url", "http://0.0.0.0:8080", "--token-key", "a.pem", "--token-key", "b.json", "--token-jwks", "https://example.com/keys",
            "--token-expiry-notice", "1m", "--operator-token", "o", "--operator-read-token", "r");

        settings.Server.Tokens.Secret.Should().HaveLength(32);
        settings.Server.Tokens.KeyFiles.Should().Equal("a.pem", "b.json");
        settings.Server.Tokens.JwksUrl.Should().Be("https://example.com/keys");
        settings.Server.Tokens.Audience.Should().Be("chat");
        settings.Server.Tokens.ExpiryNotice.Should().Be(TimeSpan.FromMinutes(1));
        (settings.OperatorToken, settings.OperatorReadToken).Should().Be(("o", "r"));
    }

    [TestCase("--token-secret", "short", "*--token-secret: the value is not allowed; use at least 32 bytes*")]
    [TestCase("--token-jwks", "http://example.com/keys", "*use https://*")]
    [TestCase("--token-jwks", "keys.json", "*use https://*")]
    public void Keys_that_are_not_safe_are_refused(string option, string value, string message)
    {
        Action read = () => Read(option, value);

        read.Should().Throw<UsageException>().WithMessage(message).Which.Message.Should().NotContain("short");
    }

    private HostSettings Read(params string[] arguments) => CommandLine.ReadSettings(
        CommandLine.Parse(arguments, _ => Task.FromResult(0)),
        name => _environment.GetValueOrDefault(name),
        SettingsFile.Read(_directory.FullName, _other.FullName));
}

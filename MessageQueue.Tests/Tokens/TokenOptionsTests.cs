using MessageQueue.Hosting;
using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;
using Microsoft.Extensions.Configuration;

namespace MessageQueue.Tests.Tokens;

/// <summary>The options for users' tokens: how they are set, and which are refused.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class TokenOptionsTests
{
    [Test]
    public void They_can_be_configured()
    {
        MessageQueueOptions options = new();
        OptionsBinding.Bind(
            Section(("Tokens:KeyFiles:0", "a.pem"), ("Tokens:KeyFiles:1", "b.pem"), ("Tokens:Leeway", "00:01:00")), options);

        options.Tokens.KeyFiles.Should().Equal("a.pem", "b.pem");
        options.Tokens.Leeway.Should().Be(TimeSpan.FromMinutes(1));
    }

    [Test]
    public void A_key_that_is_no_option_is_refused()
    {
        Action bind = () => OptionsBinding.Bind(Section(("Tokens:Secrets", "x")), new MessageQueueOptions());

        bind.Should().Throw<ArgumentException>().WithMessage("'Tokens:Secrets' is no option*see TokenOptions*");
    }

    [Test]
    public void Options_that_are_not_allowed_are_named_and_no_secret_is_shown()
    {
        foreach ((Action<TokenOptions> set, string message) in new (Action<TokenOptions>, string)[]
        {
            (options => options.Secret = "s3cret", "Option Tokens.Secret is shorter than 32 bytes*"),
            (options => options.KeyFiles.Add(" "), "Option Tokens.KeyFiles has an empty entry*"),
            (options => options.JwksUrl = "http://example.com/", "Option Tokens.JwksUrl is 'http://example.com/'*"),
            (options => options.Claim = "", "Option Tokens.Claim is empty*"),
            (options => options.MaxTokenLength = 255, "Option Tokens.MaxTokenLength is 255*"),
            (options => options.Leeway = TimeSpan.FromHours(2), "Option Tokens.Leeway is 02:00:00*"),
            (options => options.ExpiryNotice = TimeSpan.FromSeconds(-1), "Option Tokens.ExpiryNotice is -00:00:01*"),
            (options => options.JwksRefreshInterval = TimeSpan.FromSeconds(59), "Option Tokens.JwksRefreshInterval is 00:00:59*"),
        })
        {
            MessageQueueOptions options = new();
            set(options.Tokens);
            Action check = () => OptionsValidation.Check(options);

            check.Should().Throw<ArgumentException>().WithMessage(message).Which.Message.Should().NotContain("s3cret");
        }
    }

    [Test]
    public async Task A_key_file_that_cannot_be_used_stops_the_start()
    {
        Func<Task> start = () => TestServer.StartAsync(options => options.Tokens.KeyFiles.Add("/nowhere/keys.pem"));

        await start.Should().ThrowAsync<ArgumentException>().WithMessage("Option Tokens.KeyFiles: /nowhere/keys.pem: it cannot be read*");
    }

    [Test]
    public async Task Changes_after_the_start_have_no_effect()
    {
        MessageQueueOptions? mine = null;
        await using TestServer server = await TokenServer.StartAsync(new ManualTimeProvider(), options => mine = options);
        mine!.Tokens.Claim = "other";
        mine.Tokens.Secret = null;

        await using EventClient ann = await server.ConnectAsync("room=lobby&token=" + TokenServer.Token());
    }

    private static IConfiguration Section(params (string Key, string Value)[] settings) => new ConfigurationBuilder()
        .AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value))).Build();
}

using System.Reflection;
using MessageQueue.Host.Settings;

namespace MessageQueue.Tests.ConsoleHost;

internal sealed class SettingsTableTests
{
    [Test]
    public void Each_name_follows_from_the_one_in_the_table()
    {
        Setting setting = SettingsTable.Rows.Single(row => row.Name == "max-message-bytes");

        setting.Option.Should().Be("--max-message-bytes");
        setting.Variable.Should().Be("MESSAGEQUEUE_MAX_MESSAGE_BYTES");
        setting.Key.Should().Be("MaxMessageBytes");
    }

    [Test]
    public void No_name_is_used_twice() => SettingsTable.Rows.Select(row => row.Name).Should().OnlyHaveUniqueItems();

    [Test]
    public void Every_option_of_the_server_can_be_set()
    {
        // Permissions, the fallback, the clock and everything about handlers are set in code; the last two have shorter names on the
        // command line.
        string[] elsewhere =
        [
            "AuthorizeConnect", "AuthorizeJoin", "AuthorizeEmit", "AuthorizeOperate", "Fallback", "TimeProvider",
            "JsonSerializerOptions", "HandlerStopTimeout", "DurableClaims", "MaxDurableUserBytes", "MaxKeptAnswerBytes",
            "MaxHandshakeBytes", "MaxDynamicNamespaces", "DataDirectory", "AllowedOrigins", "Tokens", "TrustedProxies",
        ];

        typeof(MessageQueueOptions).GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Select(property => property.Name).Except(elsewhere)
            .Should().BeSubsetOf(SettingsTable.Rows.Select(row => row.Key));
    }

    [Test]
    public void Every_option_of_tokens_can_be_set()
    {
        Dictionary<string, string> shorter = new()
        {
            ["KeyFiles"] = "TokenKey",
            ["JwksUrl"] = "TokenJwks",
            ["JwksRefreshInterval"] = "TokenJwksInterval",
            ["MaxTokenLength"] = "MaxTokenLength",
        };

        typeof(TokenOptions).GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Select(property => shorter.GetValueOrDefault(property.Name, "Token" + property.Name))
            .Should().BeSubsetOf(SettingsTable.Rows.Select(row => row.Key));
    }

    [Test]
    public void A_default_is_shown_as_a_user_would_write_it()
    {
        Description("url").Should().EndWith("Default http://127.0.0.1:8080.");
        Description("named-session-expiry").Should().EndWith("Default 7d.");
        Description("close-timeout").Should().EndWith("Default 1s.");
        Description("handshake-timeout").Should().EndWith("Default 10s.");
    }

    private static string Description(string name) => SettingsTable.Rows.Single(row => row.Name == name).Description;
}

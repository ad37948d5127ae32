using MessageQueue.Host.Settings;

namespace MessageQueue.Tests.ConsoleHost;

/// <summary>Messages of the library about options, in the words of who started the host.</summary>
internal sealed class OptionMessageTests
{
    [Test]
    public void A_value_is_named_as_it_was_given()
    {
        Of("Option DefaultWindow is 5; allowed is 1 to 3.", ("default-window", "MESSAGEQUEUE_DEFAULT_WINDOW"))
            .Should().Be("MESSAGEQUEUE_DEFAULT_WINDOW is 5; allowed is 1 to 3");
        Of("Option DataDirectory is empty; name a directory.", ("data", "\"Data\" in /srv/appsettings.json"))
            .Should().Be("\"Data\" in /srv/appsettings.json is empty; name a directory");
    }

    [TestCase("DefaultWindow", "max-window", "--default-window")]
    [TestCase("MaxMessageBytes", "segment-bytes", "--max-message-bytes")]
    [TestCase("MaxInboxTotalBytes", "max-inbox-bytes", "--max-inbox-total-bytes")]
    [TestCase("IdleTimeout", "ping-interval", "--idle-timeout")]
    [TestCase("MaxRedeliveryDelay", "min-redelivery-delay", "--max-redelivery-delay")]
    [TestCase("MinHistoryBytes", "max-log-bytes", "--min-history-bytes")]
    [TestCase("MinHistoryAge", "max-log-age", "--min-history-age")]
    public void A_default_that_does_not_fit_what_was_given_names_that(string option, string given, string named) =>
        Of($"Option {option} is 5; allowed is 1 to 3.", (given, $"--{given}"), ("url", "--url"))
            .Should().Be($"{named} is 5, its default; allowed is 1 to 3, because of --{given}");

    [Test]
    public void Anything_else_stays_as_it_is()
    {
        Of("Option Unknown is 5.").Should().Be("Option Unknown is 5.");
        Of("The address is wrong.").Should().Be("The address is wrong.");
        OptionMessage.Of("Option DefaultWindow is 5.", null).Should().Be("Option DefaultWindow is 5.");
    }

    private static string Of(string message, params (string Name, string Origin)[] given)
    {
        HostSettings settings = new();
        foreach ((string name, string origin) in given)
        {
            settings.Given[name] = origin;
        }

        return OptionMessage.Of(message, settings);
    }
}

using MessageQueue.SocketIO;

namespace MessageQueue.Tests.SocketIO;

/// <summary>Options are checked where they enter the server, by name.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class OptionsTests
{
    private static IEnumerable<TestCaseData> Wrong()
    {
        TimeSpan negative = TimeSpan.FromSeconds(-1);
        yield return Case("PingInterval", options => options.PingInterval = TimeSpan.Zero);
        yield return Case("PingTimeout", options => options.PingTimeout = Timeout.InfiniteTimeSpan);
        yield return Case("UpgradeTimeout", options => options.UpgradeTimeout = negative);
        yield return Case("ConnectTimeout", options => options.ConnectTimeout = TimeSpan.FromDays(25));
        yield return Case("ReceiptInterval", options => options.ReceiptInterval = TimeSpan.Zero);
        yield return Case("MaxMessageBytes", options => options.MaxMessageBytes = 1023);
        yield return Case("MaxAttachments", options => options.MaxAttachments = -1);
        yield return Case("MaxNamespaces", options => options.MaxNamespaces = 0);
        yield return Case("Transports", options => options.Transports = 0);
        yield return Case("Transports", options => options.Transports = (SocketIOTransports)4);
        yield return Case("ClientFiles", options => options.ClientFiles = "/no/such/directory");

        static TestCaseData Case(string name, Action<SocketIOOptions> set) => new TestCaseData(name, set).SetArgDisplayNames(name);
    }

    [TestCaseSource(nameof(Wrong))]
    public void A_wrong_option_is_named(string name, Action<SocketIOOptions> set)
    {
        Action use = () => new MessageQueueOptions().UseSocketIO(set);

        use.Should().Throw<ArgumentException>().WithMessage($"Option {name} of Socket.IO *");
    }

    [Test]
    public void Options_do_not_change_after_they_were_checked()
    {
        SocketIOOptions given = null!;
        SocketIOOptions taken = SocketIOOptions.From(options => given = options);

        given.MaxMessageBytes = 1;

        taken.MaxMessageBytes.Should().Be(1_000_000);
    }
}

using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Crash;

/// <summary>The guarantees of the protocol hold when <c>kill -9</c> hits a server under load, many times on one data directory.</summary>
[TestFixture]
[NonParallelizable]
internal sealed class KillTests
{
    // Few enough for every test run; scripts/reliability.sh runs many more.
    private static readonly int Rounds =
        int.Parse(Environment.GetEnvironmentVariable("KILL_ROUNDS") ?? "12", System.Globalization.CultureInfo.InvariantCulture);

    // The moment of each kill depends on the machine's timing anyway; the seed only fixes the plan.
    private readonly Random _random = new(20_260_101);
    private TemporaryDirectory _data = null!;
    private PowerSwitch? _power;
    private AckOracle _oracle = null!;
    private Producer[] _producers = null!;
    private Receiver[] _connected = null!;
    private Receiver _visitor = null!;

    [SetUp]
    public void SetUp()
    {
        Requires.Signals();
        _data = new TemporaryDirectory();
        _power = PowerSwitch.FromEnvironment();
        _oracle = new AckOracle();
        _producers = [.. Enumerable.Range(1, 4).Select(number => new Producer($"producer-{number}", _oracle))];
        _connected =
        [
            new Receiver("prompt", [Rooms.Common], _ => true, _oracle),
            new Receiver("half", [Rooms.Rare, Rooms.Common], number => number % 2 == 0, _oracle),
            new Receiver("mute", [Rooms.Rare], _ => false, _oracle),
        ];
        _visitor = new Receiver("visitor", [Rooms.Common, Rooms.Rare], _ => true, _oracle);
    }

    [TearDown]
    public void TearDown() => _data.Dispose();

    [Test]
    public async Task What_was_acknowledged_survives_every_kill()
    {
        for (int round = 0; round < Rounds; round++)
        {
            await LiveAndDieAsync(round);
            _oracle.Violations.Should().BeEmpty("round {0} of {1}, {2} acknowledged", round, Rounds, _oracle.Acknowledgements);
            if (round % 4 == 2)
            {
                await DieOnceMoreAsync();
            }

            if (round % 50 == 49)
            {
                await UnmuteAsync(round + 1);
            }
        }

        await SettleAsync();
        await NothingIsPendingAfterACleanStopAsync();
        _oracle.Violations.Should().BeEmpty();
        TestContext.Out.WriteLine($"{_oracle.Acknowledgements} acknowledged events over {Rounds} kills");
    }

    private Task<HostProcess> StartAsync() => HostProcess.StartAsync(
        _power?.Data ?? _data.FullName, "--segment-bytes", "1048576", "--max-message-bytes", "262144", "--reserve-bytes", "1048576");

    private async Task LiveAndDieAsync(int round)
    {
        await using HostProcess host = await StartAsync();
        // The visitor joins in the first life, is away for three lives, and is disconnected again before anything is sent.
        if (round % 4 == 0)
        {
            await _visitor.ConnectAsync(host.Url, round);
            await _visitor.CloseAsync();
        }

        await Task.WhenAll(_connected.Select(receiver => receiver.ConnectAsync(host.Url, round)));
        // "half" leaves only half of the events of one life unacknowledged, because otherwise its window would fill.
        await _connected[1].AcknowledgeAllAsync();

        Task producing = Task.WhenAll(_producers.Select(producer => producer.RunAsync(host.Url, round)));
        await _oracle.MoreAcknowledgementsAsync(_random.Next(1, 1000));
        _power?.Cut();
        await host.KillAsync();
        _power?.Restore();
        await producing.OrTimeout();
        await Task.WhenAll(_connected.Select(receiver => receiver.EndedAsync()));
    }

    // Recovery writes too, so it must survive a kill and another recovery.
    private async Task DieOnceMoreAsync()
    {
        await using HostProcess host = await StartAsync();
        await host.KillAsync();
    }

    // A tenth of the events of a hundred lives would also fill the window of "mute". A clean stop, because a crash may lose
    // acknowledgements.
    private async Task UnmuteAsync(int round)
    {
        await using HostProcess host = await StartAsync();
        await _connected[2].ConnectAsync(host.Url, round);
        await _connected[2].AcknowledgeAllAsync();
        await _connected[2].CloseAsync();
        (await host.TerminateAsync()).Should().Be(0, host.Error.ToString());
    }

    private async Task SettleAsync()
    {
        await using HostProcess host = await StartAsync();
        await Task.WhenAll(_producers.Select(producer => producer.SettleAsync(host.Url)));
        foreach (Receiver receiver in (Receiver[])[.. _connected, _visitor])
        {
            await receiver.ConnectAsync(host.Url, Rounds);
            await receiver.AcknowledgeAllAsync();
            await receiver.CloseAsync();
        }

        (await host.TerminateAsync()).Should().Be(0, host.Error.ToString());
    }

    // A crash may lose acknowledgements, a stop may not.
    private async Task NothingIsPendingAfterACleanStopAsync()
    {
        await using HostProcess host = await StartAsync();
        foreach (string session in (string[])["prompt", "half", "mute", "visitor"])
        {
            await using EventClient client = await EventClient.ConnectAsync(host.Url, $"session={session}");
            client.Welcome.GetProperty("pending").GetInt64().Should().Be(0, "{0} had acknowledged everything", session);
        }
    }
}

using System.Text;
using MessageQueue.Routing;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Routing;

/// <summary>How much of one client's work stands before another's, at most.</summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class FairnessTests
{
    private readonly StubbornLog _log = new();

    [TestCase("1", 256)]
    [TestCase("1000000", 3)]
    public async Task No_more_of_a_flood_is_stored_before_somebody_elses_event_than_an_inbox_holds(string bytes, int expected)
    {
        await using BrokerHarness harness = new(_log, options => options.MaxInboxBytes = 3_100_000);
        (Client flooder, FakeOutput toFlooder) = await harness.ConnectAsync("flooder");
        (Client bob, FakeOutput toBob) = await harness.ConnectAsync("bob");
        byte[] message = Encoding.UTF8.GetBytes(
            $$"""{"type":"emit","event":"e","to":"lobby","data":"{{new string('x', int.Parse(bytes, System.Globalization.CultureInfo.InvariantCulture))}}"}""");
        _log.Hold();
        long before = _log.LastSequence;

        int taken = 0;
        Task next = flooder.OnMessageAsync(message).AsTask();
        while (next.IsCompletedSuccessfully)
        {
            taken++;
            next = flooder.OnMessageAsync(message).AsTask();
        }

        taken.Should().Be(expected);
        await BrokerHarness.SendAsync(bob, """{"type":"emit","event":"e","to":"lobby"}""");
        _log.Release();

        (await toBob.NextAsync("ack")).GetProperty("id").GetInt64().Should().Be(before + expected + 1);
        await next.OrTimeout();
        for (int i = 0; i <= expected; i++)
        {
            await toFlooder.NextAsync("ack");
        }
    }

    [Test]
    public async Task Acknowledgements_count_as_well()
    {
        await using BrokerHarness harness = new(_log);
        (Client flooder, _) = await harness.ConnectAsync("flooder");
        (Client bob, FakeOutput toBob) = await harness.ConnectAsync("bob");
        using ManualResetEventSlim gate = new();
        harness.Broker.Post(ApplyInput.Call(_ => gate.Wait()));
        byte[] message = """{"type":"ack","id":1}"""u8.ToArray();

        int taken = 0;
        Task next = flooder.OnMessageAsync(message).AsTask();
        while (next.IsCompletedSuccessfully)
        {
            taken++;
            next = flooder.OnMessageAsync(message).AsTask();
        }

        taken.Should().Be(256);
        gate.Set();
        await next.OrTimeout();
        await BrokerHarness.SendAsync(bob, """{"type":"ping"}""");
        await toBob.NextAsync("pong");
    }
}

using System.Text.Json;
using MessageQueue.Connections.Json;
using MessageQueue.Protocol;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Pipeline;

/// <summary>One connection of a session, and the events that it received and has neither acknowledged nor nacked.</summary>
internal sealed class SharingClient
{
    private readonly JsonConnection _client;
    private readonly int _window;
    private long _lastNew;

    private SharingClient(JsonConnection client, FakeOutput output, int window)
    {
        _client = client;
        Output = output;
        _window = window;
    }

    public FakeOutput Output { get; }

    public SortedSet<long> InFlight { get; } = [];

    public static async Task<SharingClient> ConnectAsync(JsonDialect dialect, string session, int window, bool isShared)
    {
        FakeOutput output = new();
        JsonConnection client = new(
            dialect, output, new ConnectionParameters { Session = session, Rooms = ["lobby"], Window = window, IsShared = isShared });
        await client.AttachAsync().OrTimeout();
        await output.NextAsync("welcome");
        return new SharingClient(client, output, window);
    }

    public Task SendAsync(string message) => BrokerHarness.SendAsync(_client, message);

    public void Drain()
    {
        Output.IsFull = false;
        _client.OnDrained();
    }

    /// <summary>Ends the connection. Events that came and were not read yet count as sent.</summary>
    public async Task CloseAsync(HashSet<long> sentBefore)
    {
        await _client.OnClosedAsync().OrTimeout();
        while (Output.Waiting > 0)
        {
            JsonElement frame = await Output.NextAsync();
            if (frame.GetProperty("type").GetString() == "event")
            {
                sentBefore.Add(frame.GetProperty("id").GetInt64());
            }
        }
    }

    /// <summary>
    /// Receives the events that have come, after everything sent before has been applied. Checks each event on its own.
    /// </summary>
    public async Task<List<long>> ReceiveAsync(HashSet<long> sentBefore, HashSet<long> settled)
    {
        List<long> received = [];

        // Two pings: the effects of an input are sent at the end of its round, and the first ping may be answered in the same round.
        for (int ping = 0; ping < 2; ping++)
        {
            await SendAsync("""{"type":"ping"}""");
            JsonElement frame = await Output.NextAsync();
            for (; frame.GetProperty("type").GetString() != "pong"; frame = await Output.NextAsync())
            {
                if (frame.GetProperty("type").GetString() == "event")
                {
                    received.Add(Take(frame, sentBefore, settled));
                }
            }
        }

        return received;
    }

    private long Take(JsonElement frame, HashSet<long> sentBefore, HashSet<long> settled)
    {
        long id = frame.GetProperty("id").GetInt64();
        bool isNew = sentBefore.Add(id);
        frame.TryGetProperty("redelivered", out _).Should().Be(!isNew);
        settled.Should().NotContain(id);
        InFlight.Add(id).Should().BeTrue("it should not come while it is in flight here");
        InFlight.Count.Should().BeLessThanOrEqualTo(_window);
        if (isNew)
        {
            id.Should().BeGreaterThan(_lastNew);
            _lastNew = id;
        }

        return id;
    }
}

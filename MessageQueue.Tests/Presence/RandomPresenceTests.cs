using System.Globalization;
using System.Text.Json;
using MessageQueue.Connections.Json;
using MessageQueue.Pipeline;
using MessageQueue.Protocol;
using MessageQueue.Storage;
using MessageQueue.Tests.Infrastructure;
using MessageQueue.Tests.Pipeline;

namespace MessageQueue.Tests.Presence;

/// <summary>
/// Sessions come, go, join, leave, end, are taken over and show things at random, and those who watch are slow at random. Whoever follows
/// the protocol's rules knows in the end exactly who is there.
/// </summary>
[Parallelizable(ParallelScope.All)]
internal sealed class RandomPresenceTests
{
    // A large room whose state has several parts, and a small one that is sometimes counted.
    [Test]
    public async Task A_watcher_always_comes_to_know_who_is_there([Range(1, 10)] int seed)
    {
        await using Run run = seed % 2 == 0 ? new(seed, sessions: 300, maxMembers: 1000) : new(seed, sessions: 20, maxMembers: 12);
        await run.FillAsync();
        for (int i = 0; i < 400; i++)
        {
            await run.StepAsync();
        }

        await run.FinishAsync();
    }

    private sealed class Run : IAsyncDisposable
    {
        private readonly Random _random;
        private readonly ManualTimeProvider _clock = new();
        private readonly BrokerHarness _harness;
        private readonly Actor[] _actors;
        private readonly List<RoomWatcher> _watchers = [];
        private readonly int _maxMembers;

        public Run(int seed, int sessions, int maxMembers)
        {
            _random = new Random(seed);
            _maxMembers = maxMembers;
            _actors = [.. Enumerable.Range(0, sessions).Select(i => new Actor($"s{i.ToString(CultureInfo.InvariantCulture)}"))];
            _harness = new BrokerHarness(new InMemoryEventLog(), options =>
            {
                options.TimeProvider = _clock;
                options.MaxPresenceMembers = maxMembers;
            });
        }

        public async Task FillAsync()
        {
            foreach (Actor actor in _actors)
            {
                await actor.ConnectAsync(_harness, show: null);
            }
        }

        public async Task StepAsync()
        {
            Actor actor = _actors[_random.Next(_actors.Length)];
            RoomWatcher? watcher = _watchers.Count == 0 ? null : _watchers[_random.Next(_watchers.Count)];
            switch (_random.Next(14))
            {
                case 0 or 1 or 2 when actor.IsConnected:
                    await actor.CloseAsync();
                    break;
                case 3 or 4 or 5:
                    await actor.ConnectAsync(_harness, _random.Next(3) == 0 ? $"{_random.Next(9)}" : null);
                    break;
                case 6 when actor.IsConnected:
                    await actor.ShowAsync(_random.Next(9));
                    break;
                case 7 when actor.IsConnected:
                    await actor.RequestAsync(_random.Next(2) == 0, "join", "leave");
                    break;
                case 8 when actor.IsConnected:
                    await actor.EndAsync();
                    break;
                case 9 when _watchers.Count < 4:
                    _watchers.Add(await RoomWatcher.ConnectAsync(_harness, $"watcher-{_random.Next()}"));
                    break;
                case 10 when watcher is not null:
                    watcher.Output.FullAfter = _random.Next(1, 4);
                    break;
                case 11 when watcher is not null:
                    watcher.Drain();
                    break;
                case 12 when watcher is not null:
                    await watcher.WatchAgainAsync(_random.Next(3) == 0);
                    break;
                default:
                    _clock.Advance(TimeSpan.FromMilliseconds(_random.Next(1, 3000)));
                    break;
            }

            watcher?.Read();
        }

        public async Task FinishAsync()
        {
            _watchers.Add(await RoomWatcher.ConnectAsync(_harness, "last"));
            for (int round = 0; round < 3; round++)
            {
                _watchers.ForEach(static watcher => watcher.Drain());
                await _harness.Broker.AskAsync(static state => state.Head).OrTimeout();
                _clock.Advance(TimeSpan.FromMinutes(1));
                await _harness.Broker.AskAsync(static state => state.Head).OrTimeout();
            }

            Dictionary<string, string> present = _actors.Where(static actor => actor.IsPresent)
                .ToDictionary(static actor => actor.Name, static actor => actor.Shown);
            foreach (RoomWatcher watcher in _watchers)
            {
                await watcher.ShouldKnowAsync(_harness, present, _maxMembers);
            }
        }

        public async ValueTask DisposeAsync()
        {
            foreach (Actor actor in _actors.Where(static actor => actor.IsConnected))
            {
                await actor.CloseAsync();
            }

            foreach (RoomWatcher watcher in _watchers)
            {
                await watcher.CloseAsync();
            }

            await _harness.DisposeAsync();
        }
    }

    private sealed class Actor(string name)
    {
        private JsonConnection? _client;
        private FakeOutput? _output;
        private bool _isInRoom;

        public string Name { get; } = name;

        /// <summary>What it shows, as far as that is certain: the grace decides whether it is remembered.</summary>
        public string Shown { get; private set; } = "";

        public bool IsConnected => _client is not null;

        public bool IsPresent => IsConnected && _isInRoom;

        // Also when it is connected: then it takes itself over.
        public async Task ConnectAsync(BrokerHarness harness, string? show)
        {
            JsonConnection? before = _client;
            _output = new FakeOutput();
            _client = new JsonConnection(harness.Json, _output, new ConnectionParameters
            {
                Session = Name,
                Rooms = ["lobby"],
                Shows = System.Text.Encoding.UTF8.GetBytes(show ?? Shown),
            });
            await _client.AttachAsync().OrTimeout();
            await _output.NextAsync("welcome");
            (_isInRoom, Shown) = (true, show ?? Shown);
            if (before is not null)
            {
                await before.OnClosedAsync().OrTimeout();
            }
        }

        public async Task CloseAsync()
        {
            await _client!.OnClosedAsync().OrTimeout();
            _client = null;
        }

        public async Task ShowAsync(int value)
        {
            await SendAsync($$"""{"type":"show","data":{{value}},"id":"r"}""");
            Shown = $"{value}";
        }

        public async Task RequestAsync(bool joins, string join, string leave)
        {
            await SendAsync($$"""{"type":"{{(joins ? join : leave)}}","room":"lobby","id":"r"}""");
            _isInRoom = joins;
        }

        public async Task EndAsync()
        {
            await SendAsync("""{"type":"end","id":"r"}""");
            (_isInRoom, Shown) = (false, "");
            await CloseAsync();
        }

        private async Task SendAsync(string request)
        {
            await BrokerHarness.SendAsync(_client!, request);
            await _output!.NextAsync("ack");
        }
    }

    private sealed class RoomWatcher
    {
        private readonly JsonConnection _client;
        private PresenceView _view = new();

        private RoomWatcher(JsonConnection client, FakeOutput output) => (_client, Output) = (client, output);

        public FakeOutput Output { get; }

        public static async Task<RoomWatcher> ConnectAsync(BrokerHarness harness, string session)
        {
            FakeOutput output = new();
            JsonConnection client = new(harness.Json, output, new ConnectionParameters { Session = session, Watches = ["lobby"] });
            await client.AttachAsync().OrTimeout();
            await output.NextAsync("welcome");
            return new RoomWatcher(client, output);
        }

        public void Drain()
        {
            (Output.FullAfter, Output.IsFull) = (0, false);
            _client.OnDrained();
        }

        public async Task WatchAgainAsync(bool afterUnwatch)
        {
            if (afterUnwatch)
            {
                await BrokerHarness.SendAsync(_client, """{"type":"unwatch","room":"lobby","id":"u"}""");
            }

            await BrokerHarness.SendAsync(_client, """{"type":"watch","room":"lobby","id":"w"}""");
        }

        public void Read()
        {
            while (Output.Waiting > 0)
            {
                JsonElement frame = Output.NextAsync().GetAwaiter().GetResult();
                switch (frame.GetProperty("type").GetString())
                {
                    case "presence":
                        _view.Apply(frame);
                        break;
                    case "ack" when frame.GetProperty("ref").GetString() == "u":
                        _view = new PresenceView();
                        break;
                }
            }
        }

        public async Task ShouldKnowAsync(BrokerHarness harness, Dictionary<string, string> present, int maxMembers)
        {
            // States come in turns: each question waits for one round of the loop.
            for (int round = 0; round < 10; round++)
            {
                await harness.Broker.AskAsync(static state => state.Head).OrTimeout();
            }

            Read();
            _view.IsComplete.Should().BeTrue();
            _view.Count.Should().Be(present.Count);
            if (!_view.IsCounted)
            {
                _view.Members.Should().BeEquivalentTo(present);
            }

            _view.IsCounted.Should().Be(_view.IsCounted && present.Count > maxMembers / 2 || present.Count > maxMembers);
        }

        public Task CloseAsync() => _client.OnClosedAsync().AsTask().OrTimeout();
    }
}

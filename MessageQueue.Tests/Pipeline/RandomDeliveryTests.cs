using MessageQueue.Pipeline;
using MessageQueue.State;
using MessageQueue.Storage;
using MessageQueue.Tests.Infrastructure;
using MessageQueue.Tests.State;

namespace MessageQueue.Tests.Pipeline;

/// <summary>
/// One session whose clients do random things: share it, take it over, fall behind, acknowledge in any order, nack, disconnect. In every
/// case an event is in flight on only one connection at a time and within its window, it comes again until it is acknowledged and never
/// after that, and in the end all events have come. At every moment the state is exactly what the log says.
/// </summary>
[Parallelizable(ParallelScope.All)]
internal sealed class RandomDeliveryTests
{
    [Test]
    public async Task Every_event_is_delivered_until_it_is_acknowledged([Range(1, 12)] int seed)
    {
        await using Run run = new(seed);
        for (int i = 0; i < 250; i++)
        {
            await run.StepAsync();
        }

        await run.FinishAsync();
        run.CompareStates();
    }

    private sealed class Run(int seed) : IAsyncDisposable
    {
        // In half of the runs the cache is as small as possible, so that many events are read from the log. Such a read ends at any
        // time, so these runs cannot know exactly which events have been sent.
        private readonly bool _readsFromLog = seed % 2 == 0;
        private readonly Dictionary<long, SharingClient> _owners = [];
        private readonly Random _random = new(seed);
        private readonly ManualTimeProvider _clock = new();
        private readonly List<SharingClient> _clients = [];
        private readonly InMemoryEventLog _log = new();
        private readonly List<(long Head, byte[] State)> _states = [];
        private readonly List<long> _emitted = [];
        private readonly HashSet<long> _sent = [];
        private readonly HashSet<long> _settled = [];
        private BrokerHarness? _harness;
        private SharingClient? _sender;
        private bool _isShared;

        public async Task StepAsync()
        {
            if (_harness is null)
            {
                long cache = _readsFromLog ? 64 << 10 : 64 << 20;
                _harness = new BrokerHarness(_log, options => (options.TimeProvider, options.EventCacheBytes) = (_clock, cache));
                await ConnectAsync(shared: true);
                _sender = await SharingClient.ConnectAsync(_harness.Json, "sender", 1, isShared: false);
            }

            await ReceiveAsync();
            if (_random.Next(25) == 0)
            {
                _states.Add(await _harness.Broker.AskAsync(state => (state.Head, FoldLog.Bytes(state))));
            }

            SharingClient? client = _clients.Count == 0 ? null : _clients[_random.Next(_clients.Count)];
            switch (_random.Next(12))
            {
                case 0 or 1 or 2:
                    await EmitAsync(_random.Next(1, 8));
                    break;
                case 3 when _clients.Count < 4:
                    await ConnectAsync(shared: true);
                    break;
                case 4 when _random.Next(4) == 0:
                    await ConnectAsync(shared: false);
                    break;
                case 5 when client is not null && _random.Next(2) == 0:
                    await CloseAsync(client);
                    break;
                case 6 when client is not null:
                    client.Output.IsFull = true;
                    break;
                case 7 when client is not null:
                    client.Drain();
                    break;
                case 8:
                    _clock.Advance(TimeSpan.FromMilliseconds(_random.Next(1, 400)));
                    break;
                case 9 when client is { InFlight.Count: > 0 }:
                    await NackAsync(client);
                    break;
                case 10 when client is { InFlight.Count: > 0 }:
                    await AcknowledgeUpToAsync(client);
                    break;
                default:
                    await AcknowledgeAsync(client);
                    break;
            }
        }

        public async Task FinishAsync()
        {
            if (_clients.Count == 0)
            {
                await ConnectAsync(shared: true);
            }

            // Reading from the log takes some time, so some rounds deliver nothing.
            for (int round = 0; _settled.Count < _emitted.Count && round < 10_000; round++)
            {
                _clients.ForEach(client => client.Drain());
                _clock.Advance(TimeSpan.FromSeconds(30));
                await ReceiveAsync();
                foreach (SharingClient client in _clients)
                {
                    await AcknowledgeAsync(client);
                }
            }

            _settled.Should().BeEquivalentTo(_emitted);
            await ReceiveAsync();
        }

        public async ValueTask DisposeAsync()
        {
            foreach (SharingClient client in _clients)
            {
                await client.CloseAsync(_sent);
            }

            await _harness!.DisposeAsync();
        }

        // Equal logs give equal states: at every moment the live state equals the one that another reader of the log computes.
        public void CompareStates()
        {
            ServerState another = new();
            Dictionary<long, byte[]> states = _states.DistinctBy(state => state.Head)
                .ToDictionary(state => state.Head, state => state.State);
            _log.Recover(0, [], record =>
            {
                another.Apply(record);
                if (states.TryGetValue(record.Sequence, out byte[]? live))
                {
                    FoldLog.Bytes(another).Should().Equal(live);
                }
            });
            states.Should().NotBeEmpty();
        }

        private async Task ConnectAsync(bool shared)
        {
            SharingClient client = await SharingClient.ConnectAsync(_harness!.Json, "work", _random.Next(1, 5), shared);
            if (!(shared && _isShared))
            {
                foreach (SharingClient other in _clients.ToArray())
                {
                    (await other.Output.Closed.Task.OrTimeout()).Should().Be(4001);
                    await CloseAsync(other);
                }
            }

            _clients.Add(client);
            _isShared = shared;
        }

        private Task CloseAsync(SharingClient client)
        {
            _clients.Remove(client);
            foreach ((long id, SharingClient owner) in _owners)
            {
                if (owner == client)
                {
                    _owners.Remove(id);
                }
            }

            return client.CloseAsync(_sent);
        }

        private async Task ReceiveAsync()
        {
            foreach (SharingClient client in _clients)
            {
                foreach (long id in await client.ReceiveAsync(_sent, _settled))
                {
                    _clients.Count(other => other.InFlight.Contains(id)).Should().Be(1);
                    _owners[id] = client;
                }
            }
        }

        private async Task EmitAsync(int count)
        {
            string data = new('x', _random.Next(4000));
            for (int i = 0; i < count; i++)
            {
                await _sender!.SendAsync($$"""{"type":"emit","event":"e","to":"lobby","data":"{{data}}","echo":false}""");
                _emitted.Add((await _sender.Output.NextAsync("ack")).GetProperty("id").GetInt64());
            }
        }

        private async Task AcknowledgeAsync(SharingClient? client)
        {
            if (client is null || client.InFlight.Count == 0)
            {
                return;
            }

            long[] ids = [.. client.InFlight.Where(_ => _random.Next(2) == 0)];
            if (ids.Length > 0)
            {
                await client.SendAsync($$"""{"type":"ack","id":[{{string.Join(',', ids)}}]}""");
                Settle(client, ids);
            }
        }

        private async Task AcknowledgeUpToAsync(SharingClient client)
        {
            if (_readsFromLog)
            {
                return;
            }

            long upTo = client.InFlight.ElementAt(_random.Next(client.InFlight.Count));
            await client.SendAsync($$"""{"type":"ack","upTo":{{upTo}}}""");
            Settle(client, [.. _sent.Where(id => id <= upTo && (!_isShared || _owners.GetValueOrDefault(id) == client))]);
        }

        private async Task NackAsync(SharingClient client)
        {
            long id = client.InFlight.ElementAt(_random.Next(client.InFlight.Count));
            await client.SendAsync($$"""{"type":"nack","id":{{id}},"delay":{{_random.Next(300)}}}""");
            client.InFlight.Remove(id);
        }

        private void Settle(SharingClient client, long[] ids)
        {
            client.InFlight.ExceptWith(ids);
            _settled.UnionWith(ids);
        }
    }
}

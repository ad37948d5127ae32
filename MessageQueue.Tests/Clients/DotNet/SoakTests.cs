using System.Collections.Concurrent;
using System.Globalization;
using MessageQueue.Client;
using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Clients.DotNet;

/// <summary>
/// Two clients and the real host, while connections break all the time and the host is killed: nothing is lost, nothing is handled twice,
/// and the order of each sender is kept. <c>MQ_SOAK_EVENTS</c> sets how many events go each way.
/// </summary>
internal sealed class SoakTests
{
    private static readonly TimeSpan FaultInterval = TimeSpan.FromMilliseconds(200);

    private static readonly int Events = int.Parse(
        Environment.GetEnvironmentVariable("MQ_SOAK_EVENTS") ?? "2000", CultureInfo.InvariantCulture);

    private TemporaryDirectory _data = null!;
    private HostProcess _host = null!;
    private FaultProxy _proxy = null!;

    [SetUp]
    public async Task SetUpAsync()
    {
        _data = new TemporaryDirectory();
        _host = await HostProcess.StartAsync(_data.Combine("data"));
        _proxy = new FaultProxy(_host.Url);
    }

    [TearDown]
    public async Task TearDownAsync()
    {
        await _proxy.DisposeAsync();
        await _host.DisposeAsync();
        _data.Dispose();
    }

    [Test]
    public async Task Nothing_is_lost_repeated_or_reordered([Values] bool onDisk)
    {
        const int Seed = 42;
        TestContext.Out.WriteLine($"seed {Seed}, {Events} events each way");
        await using SoakClient ann = new("ann", Options("ann", onDisk), Events);
        await using SoakClient bob = new("bob", Options("bob", onDisk), Events);
        await Task.WhenAll(ann.Client.ConnectAsync(), bob.Client.ConnectAsync()).OrTimeout();
        using CancellationTokenSource stop = new();
        Task disturbing = _proxy.DisturbAsync(Seed, FaultInterval, FaultKinds.All, stop.Token);

        Task emitting = Task.WhenAll(ann.EmitAllAsync("bob"), bob.EmitAllAsync("ann"));
        for (int i = 1; i <= 3; i++)
        {
            await Task.WhenAny(emitting, ann.ReachedAsync(Events * i / 4));
            await _host.KillAsync();
            await _host.DisposeAsync();
            _host = await HostProcess.StartAsync(_data.Combine("data"));
            _proxy.PointTo(_host.Url);
            _proxy.Cut();
        }

        TimeSpan limit = TimeSpan.FromSeconds(60 + (Events / 50));
        await emitting.WaitAsync(limit);
        await Task.WhenAll(ann.ReachedAsync(Events), bob.ReachedAsync(Events)).WaitAsync(limit);
        await stop.CancelAsync();
        await disturbing;

        TestContext.Out.WriteLine($"{_proxy.Faults} faults, {_proxy.Accepted} connections");
        _proxy.Faults.Should().BePositive();
        ann.Handled.Should().Equal(Enumerable.Range(0, Events));
        bob.Handled.Should().Equal(Enumerable.Range(0, Events));
        ann.Numbers.Should().BeInAscendingOrder().And.OnlyHaveUniqueItems();
    }

    private MessageQueueClientOptions Options(string session, bool onDisk) => new()
    {
        Url = _proxy.Url,
        Session = session,
        OutboxFile = onDisk ? _data.Combine($"{session}.outbox") : null,
        OutboxLimit = Events,
        OutboxBytes = 1 << 30,
        BackOffBase = TimeSpan.FromMilliseconds(20),
        BackOffCap = TimeSpan.FromMilliseconds(200),
        // Half-open connections are noticed soon.
        PingInterval = TimeSpan.FromMilliseconds(300),
        AnswerTimeout = TimeSpan.FromMilliseconds(700),
    };

    private sealed class SoakClient : IAsyncDisposable
    {
        private readonly int _events;
        private readonly ConcurrentDictionary<int, TaskCompletionSource> _waiting = new();

        public SoakClient(string session, MessageQueueClientOptions options, int events)
        {
            _events = events;
            Client = new MessageQueueClient(options);
            Client.On<int>($"for {session}", HandleAsync);
        }

        public MessageQueueClient Client { get; }

        /// <summary>The data of the events that were handled, in that order.</summary>
        public ConcurrentQueue<int> Handled { get; } = new();

        /// <summary>The numbers of the emits, in the order of the emits.</summary>
        public IReadOnlyList<long> Numbers { get; private set; } = [];

        public async Task EmitAllAsync(string to) =>
            Numbers = await Task.WhenAll(Enumerable.Range(0, _events).Select(i => Client.EmitAsync($"for {to}", i, $"@{to}")));

        public Task ReachedAsync(int count)
        {
            Task reached = _waiting.GetOrAdd(count, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            Complete();
            return reached;
        }

        public ValueTask DisposeAsync() => Client.DisposeAsync();

        private async Task HandleAsync(ReceivedEvent<int> received)
        {
            await Task.Yield();
            Handled.Enqueue(received.Data);
            Complete();
        }

        private void Complete()
        {
            foreach ((int count, TaskCompletionSource waiting) in _waiting)
            {
                if (Handled.Count >= count)
                {
                    waiting.TrySetResult();
                }
            }
        }
    }
}

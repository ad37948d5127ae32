using BenchmarkDotNet.Attributes;

namespace MessageQueue.Benchmarks.Micro;

/// <summary>The way of an emit through the pipeline, without a socket and without a disk: command, batch, fold, answer.</summary>
public class EmitBenchmarks
{
    // Nothing is awaited here: BenchmarkDotNet does not await what sets a benchmark up in its own process.
    private const int InFlight = 512;

    private readonly Task[] _emits = new Task[InFlight];
    private MessageQueueServer _server = null!;

    /// <summary>Starts a server that keeps its log in memory.</summary>
    [GlobalSetup]
    public void Start() => _server = MessageQueueServer
        .StartAsync(new() { Url = "http://127.0.0.1:0", Durability = Durability.Memory }).GetAwaiter().GetResult();

    /// <summary>Stops it.</summary>
    [GlobalCleanup]
    public void Stop() => _server.DisposeAsync().AsTask().GetAwaiter().GetResult();

    /// <summary>512 emits at a time by the server's own code.</summary>
    [Benchmark(OperationsPerInvoke = InFlight)]
    public void Emit()
    {
        Emitter room = _server.Of("/").To("room");
        for (int i = 0; i < InFlight; i++)
        {
            _emits[i] = room.EmitAsync("e", Generator.EventData.Text);
        }

        Task.WhenAll(_emits).GetAwaiter().GetResult();
    }
}

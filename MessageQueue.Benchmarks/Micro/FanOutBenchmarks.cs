using BenchmarkDotNet.Attributes;
using MessageQueue.Transport;

namespace MessageQueue.Benchmarks.Micro;

/// <summary>What a receiver costs without its socket: the shared frame is copied into its output, and the output is flushed.</summary>
public class FanOutBenchmarks
{
    private const int Receivers = 500;

    private readonly byte[] _frame = new byte[190];
    private ConnectionOutput[] _outputs = [];

    /// <summary>How many events go out with one flush.</summary>
    [Params(1, 64)]
    public int Batch { get; set; }

    /// <summary>Creates the outputs, over streams that take everything at once.</summary>
    [GlobalSetup]
    public void CreateOutputs() => _outputs =
        [.. Enumerable.Range(0, Receivers).Select(_ => new ConnectionOutput(Stream.Null, 1 << 20, inline: true, new Observer()))];

    /// <summary>A batch of events to 500 receivers.</summary>
    [Benchmark(OperationsPerInvoke = Receivers)]
    public void Deliver()
    {
        for (int i = 0; i < Batch; i++)
        {
            foreach (ConnectionOutput output in _outputs)
            {
                output.TryWrite(_frame);
            }
        }

        foreach (ConnectionOutput output in _outputs)
        {
            output.Flush();
        }
    }

    private sealed class Observer : IOutputObserver
    {
        public void OnDrained()
        {
        }

        public void OnSendFailed(Exception exception)
        {
        }
    }
}

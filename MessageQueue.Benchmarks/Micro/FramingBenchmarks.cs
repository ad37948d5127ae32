using BenchmarkDotNet.Attributes;
using MessageQueue.Protocol;
using MessageQueue.Transport;

namespace MessageQueue.Benchmarks.Micro;

/// <summary>An event's frame, which is built once for all receivers.</summary>
public class FramingBenchmarks
{
    private readonly FrameBuilder _builder = new();
    private readonly byte[] _data = EmitRecords.Data;

    /// <summary>An event with 128 bytes of data.</summary>
    [Benchmark]
    public byte[] Event()
    {
        ServerMessages.WriteEvent(_builder, new EventMessage
        {
            Id = 123_456_789,
            Event = "e"u8,
            Data = _data,
            Room = "room"u8,
            From = "alice"u8,
            Time = 1_767_268_805_000,
        });
        return _builder.FinishText().ToArray();
    }
}

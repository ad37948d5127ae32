using BenchmarkDotNet.Attributes;

namespace MessageQueue.Benchmarks.Micro;

/// <summary>The record of an emit: encoded once, and written to the log as it is.</summary>
public class RecordBenchmarks
{
    private readonly byte[] _data = EmitRecords.Data;

    /// <summary>A record with 128 bytes of data.</summary>
    [Benchmark]
    public byte[] Encode() => EmitRecords.Encode(_data);
}

using System.Text;
using BenchmarkDotNet.Attributes;
using MessageQueue.Protocol;
using MessageQueue.Protocol.Parsing;

namespace MessageQueue.Benchmarks.Micro;

/// <summary>A client's messages, from text to a request.</summary>
public class ParsingBenchmarks
{
    private static readonly MessageLimits Limits = new(Rooms: 100, Numbers: MessageLimits.LeastNumbers);

    private readonly ClientRequest _request = new();
    private readonly byte[] _emit =
        Encoding.UTF8.GetBytes($$"""{"type":"emit","event":"e","to":"room","id":"order-17","data":"{{Generator.EventData.Text}}"}""");

    private readonly byte[] _ack = Encoding.UTF8.GetBytes("""{"type":"ack","upTo":123456}""");

    /// <summary>An emit with 128 bytes of data.</summary>
    [Benchmark]
    public bool Emit() => MessageParser.TryParse(_emit, Limits, _request, out _);

    /// <summary>An acknowledgement.</summary>
    [Benchmark]
    public bool Acknowledgement() => MessageParser.TryParse(_ack, Limits, _request, out _);
}

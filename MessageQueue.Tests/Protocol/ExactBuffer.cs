using System.Buffers;
using System.Text;

namespace MessageQueue.Tests.Protocol;

/// <summary>An output that gives exactly as many bytes as were requested, so that a writer that requests too few fails.</summary>
internal sealed class ExactBuffer : IBufferWriter<byte>
{
    private readonly List<byte> _written = [];
    private byte[] _lent = [];

    public byte[] Bytes => [.. _written];

    /// <summary>What was written, as text; throws if it is not UTF-8.</summary>
    public string Text => new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(Bytes);

    public void Advance(int count) => _written.AddRange(_lent.AsSpan(0, count));

    public Memory<byte> GetMemory(int sizeHint = 0) => _lent = new byte[sizeHint];

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;
}

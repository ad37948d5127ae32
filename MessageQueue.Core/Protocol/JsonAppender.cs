using System.Buffers;
using System.Buffers.Text;

namespace MessageQueue.Protocol;

/// <summary>
/// Writes one message into one span of an output. The span is requested once, large enough for the whole message, and the output is
/// advanced once. That avoids most of the cost of <c>Utf8JsonWriter</c>, which also checks every character of keys that never change.
/// </summary>
internal ref struct JsonAppender(IBufferWriter<byte> output, int maxBytes)
{
    /// <summary>The most bytes that a long can take: its digits and its sign.</summary>
    public const int MaxNumberBytes = 20;

    private readonly IBufferWriter<byte> _output = output;
    private readonly Span<byte> _span = output.GetSpan(maxBytes);
    private int _written;

    /// <summary>Appends text that is already JSON.</summary>
    public void Append(scoped ReadOnlySpan<byte> text)
    {
        text.CopyTo(_span[_written..]);
        _written += text.Length;
    }

    /// <summary>Appends a key with its punctuation, as <c>,"id":</c>, and a number.</summary>
    public void Append(scoped ReadOnlySpan<byte> key, long number)
    {
        Append(key);
        Utf8Formatter.TryFormat(number, _span[_written..], out int length);
        _written += length;
    }

    /// <summary>Appends a key with its punctuation, and a name as a string.</summary>
    public void Append(scoped ReadOnlySpan<byte> key, scoped ReadOnlySpan<byte> name)
    {
        Append(key);
        _span[_written++] = (byte)'"';
        _written += JsonName.Encode(name, _span[_written..]);
        _span[_written++] = (byte)'"';
    }

    /// <summary>As <see cref="Append(ReadOnlySpan{byte}, ReadOnlySpan{byte})"/>, but appends nothing if the name is empty.</summary>
    public void AppendOptional(scoped ReadOnlySpan<byte> key, scoped ReadOnlySpan<byte> name)
    {
        if (!name.IsEmpty)
        {
            Append(key, name);
        }
    }

    /// <summary>Ends the object and commits it to the output.</summary>
    public void Finish()
    {
        _span[_written++] = (byte)'}';
        _output.Advance(_written);
    }
}

using System.Buffers;
using System.Buffers.Text;

namespace MessageQueue.Protocol;

/// <summary>
/// Writes one message into one span of an output: asked for once, large enough for all, and advanced over once. That is most of what
/// <c>Utf8JsonWriter</c> costs, which also looks at every character of keys that never change.
/// </summary>
internal ref struct JsonAppender(IBufferWriter<byte> output, int maxBytes)
{
    /// <summary>The digits and sign of any long.</summary>
    public const int MaxNumberBytes = 20;

    private readonly IBufferWriter<byte> _output = output;
    private readonly Span<byte> _span = output.GetSpan(maxBytes);
    private int _written;

    /// <summary>Text that is JSON already.</summary>
    public void Append(scoped ReadOnlySpan<byte> text)
    {
        text.CopyTo(_span[_written..]);
        _written += text.Length;
    }

    /// <summary>A key with its punctuation, as <c>,"id":</c>, and a number.</summary>
    public void Append(scoped ReadOnlySpan<byte> key, long number)
    {
        Append(key);
        Utf8Formatter.TryFormat(number, _span[_written..], out int length);
        _written += length;
    }

    /// <summary>A key with its punctuation and a name as a string.</summary>
    public void Append(scoped ReadOnlySpan<byte> key, scoped ReadOnlySpan<byte> name)
    {
        Append(key);
        _span[_written++] = (byte)'"';
        _written += JsonName.Encode(name, _span[_written..]);
        _span[_written++] = (byte)'"';
    }

    /// <summary>As <see cref="Append(ReadOnlySpan{byte}, ReadOnlySpan{byte})"/>; nothing at all if the name is empty.</summary>
    public void AppendOptional(scoped ReadOnlySpan<byte> key, scoped ReadOnlySpan<byte> name)
    {
        if (!name.IsEmpty)
        {
            Append(key, name);
        }
    }

    /// <summary>Ends the object and hands it to the output.</summary>
    public void Finish()
    {
        _span[_written++] = (byte)'}';
        _output.Advance(_written);
    }
}

using System.Text.Json.Serialization;

namespace MessageQueue;

/// <summary>
/// Bytes inside of emitted data. In JSON they are <c>{"$binary":"BASE64"}</c>; receivers that speak Socket.IO get them as bytes. Use it
/// for properties and entries of your own types, because System.Text.Json writes a <c>byte[]</c> there as a string. Bytes that are an
/// argument, data or answer as a whole are binary without it. It is read from both texts. Works with source generation.
/// </summary>
[JsonConverter(typeof(BinaryValueConverter))]
public readonly record struct BinaryValue
{
    /// <param name="bytes">The bytes; they are not copied.</param>
    public BinaryValue(ReadOnlyMemory<byte> bytes) => Bytes = bytes;

    /// <summary>The bytes.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>Compares the contents.</summary>
    public bool Equals(BinaryValue other) => Bytes.Span.SequenceEqual(other.Bytes.Span);

    /// <inheritdoc />
    public override int GetHashCode()
    {
        HashCode hash = default;
        hash.AddBytes(Bytes.Span);
        return hash.ToHashCode();
    }
}

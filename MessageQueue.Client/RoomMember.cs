using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using MessageQueue.Client.Messages;

namespace MessageQueue.Client;

/// <summary>A session that is present in a room, and what it shows of itself. Immutable and thread-safe; may be kept.</summary>
public sealed class RoomMember
{
    private readonly DataCodec _codec;

    internal RoomMember(DataCodec codec, string session, ReadOnlyMemory<byte> data)
    {
        _codec = codec;
        Session = session;
        Data = data;
    }

    /// <summary>The name by which others know the session, as <c>From</c> of its events.</summary>
    public string Session { get; }

    /// <summary>What it shows: JSON text in UTF-8; empty where it shows nothing. A client may say anything here.</summary>
    public ReadOnlyMemory<byte> Data { get; }

    /// <summary>Reads the data.</summary>
    /// <typeparam name="T">The type of the data.</typeparam>
    /// <returns>The default value where there is no data.</returns>
    /// <exception cref="JsonException">The data is not of this type.</exception>
    public T? Read<T>() => _codec.Read<T>(Data, null);

    /// <summary>The same, with source-generated metadata.</summary>
    /// <typeparam name="T">The type of the data.</typeparam>
    /// <param name="json">How the data is read.</param>
    /// <returns>The default value where there is no data.</returns>
    /// <exception cref="JsonException">The data is not of this type.</exception>
    public T? Read<T>(JsonTypeInfo<T> json) => _codec.Read(Data, json);
}

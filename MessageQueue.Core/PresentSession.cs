using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using MessageQueue.Handlers;

namespace MessageQueue;

/// <summary>
/// A session that is present in a room, and what it shows of itself. See <see cref="Namespace.PresenceAsync"/> and
/// <see cref="Namespace.OnPresence"/>. Immutable and thread-safe; may be kept.
/// </summary>
public sealed class PresentSession
{
    private readonly Json _json;

    internal PresentSession(Json json, Session session, ReadOnlyMemory<byte> data)
    {
        _json = json;
        Session = session;
        Data = data;
    }

    /// <summary>The session. To tell others of it, use its <see cref="Session.Address"/>: the name may be a secret.</summary>
    public Session Session { get; }

    /// <summary>
    /// What the session shows of itself: JSON text in UTF-8; empty where it shows nothing. A client may say anything here.
    /// </summary>
    public ReadOnlyMemory<byte> Data { get; }

    /// <summary>
    /// Reads the data, using the type's metadata in the server's <see cref="MessageQueueOptions.JsonSerializerOptions"/>.
    /// </summary>
    /// <returns>Null or the default value where there is no data.</returns>
    /// <exception cref="JsonException">The data does not fit the type.</exception>
    /// <exception cref="NotSupportedException">There is no metadata for the type: add it to the app's JSON context.</exception>
    public T? Read<T>() => _json.Read<T>(Data);

    /// <summary>Reads the data, using the given metadata.</summary>
    /// <returns>Null or the default value where there is no data.</returns>
    /// <exception cref="JsonException">The data does not fit the type.</exception>
    public T? Read<T>(JsonTypeInfo<T> typeInfo) => Json.Read(Data, typeInfo);
}

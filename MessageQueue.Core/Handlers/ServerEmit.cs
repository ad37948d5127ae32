using MessageQueue.Protocol;

namespace MessageQueue.Handlers;

/// <summary>An event that the server emits, before it has a number.</summary>
/// <param name="Namespace">The namespace.</param>
/// <param name="Name">The event's name.</param>
/// <param name="Data">The data.</param>
internal readonly record struct ServerEmit(Namespace Namespace, string Name, EventData Data)
{
    /// <summary>The targets: rooms, <c>*</c> for everyone, <c>@ADDRESS</c> for a session.</summary>
    public required ReadOnlyMemory<byte>[] To { get; init; }

    /// <summary>The ids of sessions that do not get it.</summary>
    public required long[] Except { get; init; }

    /// <summary>The rooms and sessions whose members do not get it.</summary>
    public required ReadOnlyMemory<byte>[] ExceptRooms { get; init; }

    /// <summary>Whether the event is volatile: it is not stored.</summary>
    public bool IsVolatile { get; init; }

    /// <summary>The key that the app chose; null for none.</summary>
    public string? Key { get; init; }

    /// <summary>The milliseconds after which the event is no longer delivered; 0 for no limit.</summary>
    public long TimeToLive { get; init; }
}

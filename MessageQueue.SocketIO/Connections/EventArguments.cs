using MessageQueue.Protocol;
using MessageQueue.State;

namespace MessageQueue.SocketIO.Connections;

/// <summary>Whether the data of an event is an array of several arguments.</summary>
internal static class EventArguments
{
    /// <summary>Returns whether the data of an event is an array of its arguments.</summary>
    public static bool AreSeveral(StoredEvent stored) => false;

    /// <summary>Says that the data of a request is an array of its arguments.</summary>
    public static void SetSeveral(ClientRequest request)
    {
    }
}

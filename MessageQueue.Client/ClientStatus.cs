namespace MessageQueue.Client;

/// <summary>What a client is doing about its connection.</summary>
public enum ClientStatus
{
    /// <summary>Nothing yet: <see cref="MessageQueueClient.ConnectAsync"/> was not called.</summary>
    Idle,

    /// <summary>It is connecting.</summary>
    Connecting,

    /// <summary>It is connected: the server's welcome has come.</summary>
    Open,

    /// <summary>The connection was lost, or could not be made. It connects again at <see cref="ClientState.Until"/>.</summary>
    Waiting,

    /// <summary>It does not connect any more, unless the app calls <see cref="MessageQueueClient.ConnectAsync"/>.</summary>
    Closed,
}

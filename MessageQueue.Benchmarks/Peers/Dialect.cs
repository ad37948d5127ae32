using MessageQueue.Benchmarks.Generator;

namespace MessageQueue.Benchmarks.Peers;

/// <summary>How clients speak to one kind of server. Rooms and sessions are the server's nearest equivalent.</summary>
internal abstract class Dialect : IMessageReader
{
    /// <summary>Connects a client that publishes and is in no room.</summary>
    public abstract Connection ConnectPublisher(int port, string name);

    /// <summary>Connects a client that receives what is published to a room while it is connected.</summary>
    public abstract Connection ConnectReceiver(int port, string room, string name);

    /// <summary>Returns the whole frame with which this publisher publishes <see cref="EventData"/> to a room.</summary>
    public abstract byte[] Publish(string room, string publisher);

    /// <inheritdoc/>
    public virtual bool ReadsStream => false;

    /// <inheritdoc/>
    public abstract int Read(ReadOnlySpan<byte> payload, ref Tally tally);

    /// <summary>Prepares a server that has just started with an empty store.</summary>
    public virtual void Prepare(int port)
    {
    }

    /// <summary>Connects a client for the first time, so that the server keeps for it what is published while it is away.</summary>
    public virtual Connection ConnectDurable(int port, string room, string name) => throw new NotSupportedException();

    /// <summary>Connects that client again: the server sends it what it has missed.</summary>
    public virtual Connection ConnectAgain(int port, string room, string name) => ConnectDurable(port, room, name);
}

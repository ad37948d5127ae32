using System.Collections.Concurrent;
using System.Text.Json;
using MessageQueue.Benchmarks.Generator;

namespace MessageQueue.Benchmarks.Peers;

/// <summary>Engine.IO 4 and Socket.IO 5 over WebSocket, to the server script of this project.</summary>
internal sealed class SocketIODialect : Dialect
{
    private static readonly byte[] Pong = ClientFrame.Text("3");

    // What a client needs to be recovered: its private id, and the last event that it has seen.
    private readonly ConcurrentDictionary<string, (string Id, string Offset)> _away = new();

    public override Connection ConnectPublisher(int port, string name) => Connect(port, out _).Complete(this);

    public override Connection ConnectReceiver(int port, string room, string name)
    {
        ClientHandshake handshake = Connect(port, out _);
        Join(handshake, room);
        return handshake.Complete(this);
    }

    public override Connection ConnectDurable(int port, string room, string name)
    {
        ClientHandshake handshake = Connect(port, out JsonElement welcome);
        Join(handshake, room);
        handshake.Send($"422[\"publish\",\"{room}\",\"first\"]");
        JsonElement last = JsonDocument.Parse(handshake.ReceiveUntil("\"first\"")[2..]).RootElement;
        _away[name] = (welcome.GetProperty("pid").GetString()!, last[2].GetString()!);
        return handshake.Complete(this);
    }

    public override Connection ConnectAgain(int port, string room, string name)
    {
        (string id, string offset) = _away[name];
        ClientHandshake handshake = Open(port);
        // The answer is not waited for: the server sends it after what the client has missed.
        handshake.Send($$"""40{"pid":"{{id}}","offset":"{{offset}}"}""");
        return handshake.Complete(this);
    }

    public override byte[] Publish(string room, string publisher) => ClientFrame.Text($"421[\"publish\",\"{room}\",\"{EventData.Text}\"]");

    public override int Read(ReadOnlySpan<byte> payload, ref Tally tally)
    {
        if (payload.StartsWith("42"u8))
        {
            tally.AddEvent(payload);
        }
        else if (payload.StartsWith("431"u8))
        {
            tally.Acknowledged++;
        }
        else if (payload.SequenceEqual("2"u8))
        {
            tally.Reply = Pong;
        }
        else if (payload.StartsWith("41"u8) || payload.StartsWith("44"u8))
        {
            throw new PeerException("the server disconnected a client");
        }

        return payload.Length;
    }

    private static void Join(ClientHandshake handshake, string room)
    {
        handshake.Send($"420[\"join\",\"{room}\"]");
        handshake.ReceiveUntil("430");
    }

    private static ClientHandshake Connect(int port, out JsonElement welcome)
    {
        ClientHandshake handshake = Open(port);
        handshake.Send("40");
        welcome = JsonDocument.Parse(handshake.ReceiveUntil("\"sid\"")[2..]).RootElement;
        return handshake;
    }

    private static ClientHandshake Open(int port)
    {
        ClientHandshake handshake = new(port);
        handshake.Upgrade("/socket.io/?EIO=4&transport=websocket");
        handshake.ReceiveUntil("\"sid\"");
        return handshake;
    }
}

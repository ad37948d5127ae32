using System.Buffers;
using System.Security.Claims;
using System.Text;
using MessageQueue.Commands;
using MessageQueue.Protocol;
using MessageQueue.Protocol.Parsing;
using MessageQueue.State;

namespace MessageQueue.Connections;

/// <summary>
/// A client's event for a handler, with a copy of all it needs: it may outlive its connection. Until it is answered it counts against what its connection may have
/// under way, so that a flood waits for its handlers.
/// </summary>
internal sealed class HandlerCall(JsonConnection client, SessionState session, ClientMessage message, ClaimsPrincipal user)
{
    private readonly byte[] _event = message.Event.ToArray();
    private readonly byte[] _reference = message.Reference.ToArray();
    private int _answered;

    /// <summary>The session that sent it; only what never changes may be read beside the apply loop.</summary>
    public SessionState Session { get; } = session;

    /// <summary>Who sent it.</summary>
    public ClaimsPrincipal User { get; } = user;

    /// <summary>The event's name, UTF-8.</summary>
    public ReadOnlyMemory<byte> Event => _event;

    /// <summary>JSON text; empty for none.</summary>
    public ReadOnlyMemory<byte> Data { get; } = message.Data.ToArray();

    /// <summary>The client's own reference, UTF-8; empty for none.</summary>
    public ReadOnlyMemory<byte> Reference => _reference;

    /// <summary>The reference as text; null for none.</summary>
    public string? ReferenceText => _reference.Length == 0 ? null : Encoding.UTF8.GetString(_reference);

    /// <summary>What it weighs while it waits.</summary>
    public int Weight => Command.Overhead + _event.Length + _reference.Length + Data.Length;

    /// <summary>What admitted it, beside its connection; left when it is answered.</summary>
    public IReadOnlyList<Throttle> Admissions { get; set; } = [];

    /// <summary>Tells the client that it was handled.</summary>
    /// <param name="id">The number of the event, where it was stored.</param>
    /// <param name="data">What the handler returned, JSON text; empty for nothing.</param>
    /// <param name="duplicate">Whether another call's answer is repeated.</param>
    public void Answer(long? id, ReadOnlySpan<byte> data, bool duplicate)
    {
        ArrayBufferWriter<byte> frame = new(256);
        ServerMessages.WriteAck(frame, new AckMessage { Reference = _reference, Id = id, Data = data, Duplicate = duplicate });
        Finish(frame);
    }

    /// <summary>Tells the client that it was not handled.</summary>
    public void Refuse(ProtocolError error)
    {
        ArrayBufferWriter<byte> frame = new(256);
        ServerMessages.WriteError(frame, error, _reference);
        Finish(frame);
    }

    private void Finish(ArrayBufferWriter<byte> frame)
    {
        if (Interlocked.Exchange(ref _answered, 1) == 0)
        {
            foreach (Throttle admission in Admissions)
            {
                admission.Leave(1, Weight);
            }

            client.Answer(frame.WrittenMemory, Weight);
        }
    }
}

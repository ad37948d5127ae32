using System.Security.Claims;
using System.Text;
using MessageQueue.Commands;
using MessageQueue.Delivery;
using MessageQueue.Pipeline;
using MessageQueue.Protocol;
using MessageQueue.State;

namespace MessageQueue.Connections;

/// <summary>
/// A client's event for a handler, with a copy of all it needs: it may outlive its connection. Until it is answered it counts against what
/// its connection may have under way, so that a flood waits for its handlers. Its answer goes to the connection by way of the apply loop,
/// as every answer does.
/// </summary>
internal sealed class HandlerCall(ClientConnection client, IConnection connection, SessionState session, ClientRequest request, ClaimsPrincipal user) : IApplyStep
{
    private readonly byte[] _event = request.Event.ToArray();
    private readonly byte[] _reference = request.Reference.ToArray();
    private readonly bool _deduplicates = request.DeduplicatesByReference;
    private int _answered;
    private ProtocolError? _error;
    private ReadOnlyMemory<byte> _result;
    private long? _id;
    private bool _duplicate;

    /// <summary>The session that sent it; only what never changes may be read beside the apply loop.</summary>
    public SessionState Session { get; } = session;

    /// <summary>Who sent it.</summary>
    public ClaimsPrincipal User { get; } = user;

    /// <summary>The event's name, UTF-8.</summary>
    public ReadOnlyMemory<byte> Event => _event;

    /// <summary>JSON text; empty for none.</summary>
    public ReadOnlyMemory<byte> Data { get; } = request.Data.ToArray();

    /// <summary>The client's own reference by which repetitions are known, UTF-8; empty for none.</summary>
    public ReadOnlyMemory<byte> Reference => _deduplicates ? _reference : default(ReadOnlyMemory<byte>);

    /// <summary>The same as text; null for none.</summary>
    public string? ReferenceText => Reference.IsEmpty ? null : Encoding.UTF8.GetString(_reference);

    /// <summary>What it weighs while it waits.</summary>
    public int Weight => Command.Overhead + _event.Length + _reference.Length + Data.Length;

    /// <summary>What admitted it, beside its connection; left when it is answered.</summary>
    public IReadOnlyList<Throttle> Admissions { get; set; } = [];

    /// <summary>Tells the client that it was handled. Of several answers the first counts.</summary>
    /// <param name="id">The number of the event, where it was stored.</param>
    /// <param name="result">What the handler returned, JSON text that does not change any more; empty for nothing.</param>
    /// <param name="duplicate">Whether another call's answer is repeated.</param>
    public void Answer(long? id, ReadOnlyMemory<byte> result, bool duplicate)
    {
        if (Interlocked.Exchange(ref _answered, 1) == 0)
        {
            (_id, _result, _duplicate) = (id, result, duplicate);
            Finish();
        }
    }

    /// <summary>Tells the client that it was not handled. Of several answers the first counts.</summary>
    public void Refuse(ProtocolError error)
    {
        if (Interlocked.Exchange(ref _answered, 1) == 0)
        {
            _error = error;
            Finish();
        }
    }

    void IApplyStep.Apply(ApplyLoop loop, long number)
    {
        if (_error is { } error)
        {
            connection.Refused(error, _reference);
        }
        else
        {
            connection.Acknowledged(_reference, _id, _result.Span, _duplicate);
        }
    }

    private void Finish()
    {
        foreach (Throttle admission in Admissions)
        {
            admission.Leave(1, Weight);
        }

        client.Answer(this);
    }
}

using System.Security.Claims;
using System.Text;
using MessageQueue.Commands;
using MessageQueue.Delivery;
using MessageQueue.Pipeline;
using MessageQueue.Protocol;
using MessageQueue.State;

namespace MessageQueue.Connections;

/// <summary>
/// A client's event for a handler, with a copy of all it needs, because it may outlive its connection. Until it is answered it counts
/// against the connection's limits, so that a flood waits for its handlers. Its answer goes to the connection through the apply loop, as
/// every answer does.
/// </summary>
internal sealed class HandlerCall(
    ClientConnection client, IConnection connection, SessionState session, ClientRequest request, ClaimsPrincipal user) : IApplyStep
{
    private readonly byte[] _event = request.Event.ToArray();
    private readonly byte[] _reference = request.Reference.ToArray();
    private readonly bool _deduplicates = request.DeduplicatesByReference;
    private int _answered;
    private ProtocolError? _error;
    private EventData _result;
    private long? _id;
    private bool _duplicate;

    /// <summary>The session that sent it. Outside the apply loop, only members that never change may be read.</summary>
    public SessionState Session { get; } = session;

    /// <summary>The user who sent it.</summary>
    public ClaimsPrincipal User { get; } = user;

    /// <summary>The event's name, UTF-8.</summary>
    public ReadOnlyMemory<byte> Event => _event;

    /// <summary>The event's data.</summary>
    public EventData Data { get; } = new(request.Data.ToArray(), request.HasSeveralArguments);

    /// <summary>The client's own reference for recognising repetitions, UTF-8; empty for none.</summary>
    public ReadOnlyMemory<byte> Reference => _deduplicates ? _reference : default(ReadOnlyMemory<byte>);

    /// <summary>The trace that the event belongs to, a W3C <c>traceparent</c>; empty for none.</summary>
    public ReadOnlyMemory<byte> Trace { get; } = request.Trace.ToArray();

    /// <summary><see cref="Reference"/> as text; null for none.</summary>
    public string? ReferenceText => Reference.IsEmpty ? null : Encoding.UTF8.GetString(_reference);

    /// <summary>Its weight while it waits, in bytes.</summary>
    public int Weight => Command.Overhead + _event.Length + _reference.Length + Trace.Length + Data.Json.Length;

    /// <summary>The throttles that it entered in addition to its connection's. It leaves them when it is answered.</summary>
    public IReadOnlyList<Throttle> Admissions { get; set; } = [];

    /// <summary>Reports to the client that the event was handled. Only the first answer counts.</summary>
    /// <param name="id">The number of the event if it was stored.</param>
    /// <param name="result">What the handler returned, in memory that does not change any more; empty for nothing.</param>
    /// <param name="duplicate">Whether another call's answer is repeated.</param>
    public void Answer(long? id, EventData result, bool duplicate)
    {
        if (Interlocked.Exchange(ref _answered, 1) == 0)
        {
            (_id, _result, _duplicate) = (id, result, duplicate);
            Finish();
        }
    }

    /// <summary>Reports to the client that the event was not handled. Only the first answer counts.</summary>
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
            connection.Acknowledged(_reference, _id, _result, _duplicate);
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

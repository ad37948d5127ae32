using System.Text;
using MessageQueue.Connections;
using MessageQueue.Protocol;
using MessageQueue.State;

namespace MessageQueue.Tests.SocketIO.Connections;

/// <summary>An app with the namespace <c>/chat</c>. It answers every event with its arguments, unless the test answers.</summary>
internal sealed class StubEvents : ISessionEvents
{
    /// <summary>The events that came, as <c>NAME DATA</c>.</summary>
    public List<string> Called { get; } = [];

    /// <summary>The answers that clients gave, as <c>NUMBER DATA</c>.</summary>
    public List<string> Answers { get; } = [];

    /// <summary>What happens to an event; null to answer with its arguments.</summary>
    public Action<HandlerCall>? OnCall { get; set; }

    /// <summary>What happens to a client that joins; null to let it in.</summary>
    public Func<ConnectingClient, CloseReason?>? OnAdmit { get; set; }

    public bool HasNamespace(string ns) => ns is "/" or "/chat";

    public ValueTask<CloseReason?> AdmitAsync(ConnectingClient client) => new(OnAdmit?.Invoke(client));

    public void Settled(ConnectingClient client)
    {
    }

    public void Connected(SessionState session, ConnectingClient client)
    {
    }

    public void Disconnected(SessionState session, CloseReason? reason)
    {
    }

    public void Ended(SessionState session)
    {
    }

    public bool Handles(string ns, ReadOnlySpan<byte> eventName) => !eventName.SequenceEqual("unknown"u8);

    public bool Observes(string ns) => false;

    public ValueTask CallAsync(HandlerCall call)
    {
        lock (Called)
        {
            Called.Add($"{Text(call.Event)} {Text(call.Data.Json)}{(call.Data.HasSeveralArguments ? " args" : "")}");
        }

        if (OnCall is { } onCall)
        {
            onCall(call);
        }
        else
        {
            call.Answer(null, call.Data, duplicate: false);
        }

        return ValueTask.CompletedTask;
    }

    public void OnReply(long eventId, SessionState session, EventData data)
    {
        lock (Answers)
        {
            Answers.Add($"{eventId} {Text(data.Json)}");
        }
    }

    private static string Text(ReadOnlyMemory<byte> utf8) => Encoding.UTF8.GetString(utf8.Span);
}

using System.Buffers;
using System.Text;
using MessageQueue.Commands;
using MessageQueue.Pipeline;
using MessageQueue.Protocol;
using MessageQueue.State;
using MessageQueue.Transport;

namespace MessageQueue.Connections;

/// <summary>What a connection is told beside events. For the apply loop only, so that answers come in the order of what they answer.</summary>
internal sealed class ClientAnswers(Broker broker, IConnectionOutput output, JsonConnection client)
{
    // Exact up to here; beyond, counting would cost the others more than the number is worth.
    private const int CountedUpTo = 100_000;

    /// <summary>It has its session.</summary>
    public void Welcome(SessionState session, bool resumed, int window)
    {
        int owed = broker.Loop.FanOut.CountOwed(session, CountedUpTo + 1);
        ServerMessages.WriteWelcome(broker.Loop.Builder, new WelcomeMessage
        {
            Session = Encoding.UTF8.GetBytes(session.Name),
            Resumed = resumed,
            Pending = Math.Min(owed, CountedUpTo),
            More = owed > CountedUpTo,
            Window = window,
            MaxBytes = broker.Limits.MaxMessageBytes,
            Server = broker.ServerName,
            Log = broker.LogId,
            Continues = broker.Continues,
        });
        Send();
    }

    /// <summary>What became of a command.</summary>
    public void Acknowledge(in Command command, in Outcome outcome)
    {
        if (outcome.Kind is OutcomeKind.UnknownSession or OutcomeKind.TooManyRooms or OutcomeKind.TooManyLeftRooms)
        {
            ServerMessages.WriteError(broker.Loop.Builder, OutcomeErrors.Of(outcome.Kind, broker.Limits), command.Reference.Span);
        }
        else
        {
            ServerMessages.WriteAck(broker.Loop.Builder, new AckMessage
            {
                Reference = command.Reference.Span,
                Id = outcome.EventId == 0 ? null : outcome.EventId,
                Duplicate = outcome.Kind == OutcomeKind.Duplicate,
            });
        }

        Send();
    }

    /// <summary>All that came before the ping was applied.</summary>
    public void Pong(ReadOnlySpan<byte> reference)
    {
        ServerMessages.WritePong(broker.Loop.Builder, reference);
        Send();
    }

    /// <summary>Events are gone.</summary>
    public void Gap(in Gap gap)
    {
        ServerMessages.WriteGap(broker.Loop.Builder, gap.From, gap.To, gap.Count);
        Send();
    }

    /// <summary>A message that was built elsewhere.</summary>
    public void Write(ReadOnlySpan<byte> message)
    {
        broker.Loop.Builder.Write(message);
        Send();
    }

    private void Send()
    {
        output.Write(broker.Loop.Builder.Finish());
        broker.Loop.Touch(client);
    }
}

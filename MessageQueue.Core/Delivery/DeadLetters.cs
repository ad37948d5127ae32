using System.Text;
using MessageQueue.Commands;
using MessageQueue.Diagnostics;
using MessageQueue.State;
using MessageQueue.State.Records;
using Microsoft.Extensions.Logging;

namespace MessageQueue.Delivery;

/// <summary>Moves events that a session got too often to the dead letters. For the apply loop only.</summary>
/// <param name="maxDeliveries">How often an event is delivered to a session at most; 0 for no limit.</param>
/// <param name="queue">The way into the log.</param>
/// <param name="logger">Gets a log entry for every event that is moved.</param>
/// <param name="isObserved">Returns whether events emitted in a namespace are for observers too.</param>
internal sealed class DeadLetters(int maxDeliveries, CommandQueue queue, ILogger logger, Func<string, bool> isObserved)
{
    // The limit per session of what may be on its way to the log. The server's own commands never wait for room, so they are bounded here.
    private const long MaxBytesUnderWay = 1 << 20;

    private static readonly byte[] Everyones = Encoding.UTF8.GetBytes(DeadLetterRoom.Everyones);

    /// <summary>
    /// Whether an event that was sent this often goes to the dead letters instead of being sent again. Dead letters themselves never do:
    /// their reader would get each of its own failures back, each with all earlier ones inside.
    /// </summary>
    public bool IsExhausted(SessionDelivery delivery, long sequence, int deliveries) =>
        maxDeliveries > 0 && deliveries >= maxDeliveries
        && delivery.Session.Namespace.FindRoom(Everyones)?.Sequences.Contains(sequence) != true;

    /// <summary>
    /// Moves the first event that waits to be sent again to the dead letters. It stays pending until the record of the move is applied.
    /// Returns false if too much is on its way to the log; then <see cref="OnApplied"/> will make room.
    /// </summary>
    public bool TryMove(SessionDelivery delivery, StoredEvent storedEvent, int target, int deliveries, long head)
    {
        if (delivery.DeadLetterBytes >= MaxBytesUnderWay)
        {
            return false;
        }

        SessionState session = delivery.Session;
        byte[] emit = DeadLetter.Encode(session, storedEvent, target, deliveries, isObserved(session.Namespace.Name));
        byte[] record = DeadLetterRecord.Encode(delivery.ProgressWithout(storedEvent.Sequence, head), emit);
        delivery.Unacked.MoveToDeadLetters();
        delivery.DeadLetterBytes += record.Length;
        queue.TryAdd(new Command(CommandKind.DeadLetter, record, null, default));

        string room = DeadLetterRoom.Of(session.Address);
        int readers = ReadersOf(session.Namespace, room);
        string reference = Encoding.UTF8.GetString(storedEvent.Reference.Span);
        DeliveryLog.DeadLettered(
            logger, storedEvent.Sequence, reference, deliveries, session.Address, session.Namespace.Name, room, readers);
        return true;
    }

    /// <summary>Handles the record of a move that was applied: the event is not pending any more.</summary>
    public static void OnApplied(SessionDelivery delivery, ReadOnlyMemory<byte> record)
    {
        delivery.DeadLetterBytes = Math.Max(0, delivery.DeadLetterBytes - record.Length);
        PayloadReader reader = new(record);
        Progress progress = DeadLetterRecord.DecodeProgress(ref reader);
        delivery.Unacked.RemoveBut(progress.Cursor, progress.Holes);
    }

    /// <summary>Counts the sessions that read the dead letters of this room, including those that read all dead letters.</summary>
    public static int ReadersOf(NamespaceState? ns, string room) => Members(ns, room) + Members(ns, DeadLetterRoom.Everyones);

    private static int Members(NamespaceState? ns, string room) => ns?.Rooms.GetValueOrDefault(room)?.MemberCount ?? 0;
}

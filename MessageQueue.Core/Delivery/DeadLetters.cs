using System.Text;
using MessageQueue.Commands;
using MessageQueue.Diagnostics;
using MessageQueue.State;
using MessageQueue.State.Records;
using Microsoft.Extensions.Logging;

namespace MessageQueue.Delivery;

/// <summary>Puts aside what a session got too often. For the apply loop only.</summary>
/// <param name="maxDeliveries">How often a session gets an event; 0 for no limit.</param>
/// <param name="queue">The way into the log.</param>
/// <param name="logger">Told of every event that is put aside.</param>
/// <param name="isObserved">Whether what is emitted in a namespace is for observers too.</param>
internal sealed class DeadLetters(int maxDeliveries, CommandQueue queue, ILogger logger, Func<string, bool> isObserved)
{
    // Of one session, what may be on its way at a time: the commands of the server itself wait for nobody, so they are bounded here.
    private const long MaxBytesUnderWay = 1 << 20;

    private static readonly byte[] Everyones = Encoding.UTF8.GetBytes(DeadLetterRoom.Everyones);

    /// <summary>
    /// Whether an event that was sent so often is put aside rather than sent again. Dead letters themselves never are: their reader would
    /// else get each of its own failures back, with all before it inside.
    /// </summary>
    public bool Takes(SessionDelivery session, long sequence, int deliveries) =>
        maxDeliveries > 0 && deliveries >= maxDeliveries && session.Session.Namespace.FindRoom(Everyones)?.Sequences.Contains(sequence) != true;

    /// <summary>
    /// Sends the first event that waits to be sent again to the dead letters. It stays owed until the record of that is applied. False: too
    /// much is on its way, and <see cref="OnApplied"/> will make room.
    /// </summary>
    public bool TryTake(SessionDelivery delivery, StoredEvent storedEvent, int target, int deliveries, long head)
    {
        if (delivery.BytesLeaving >= MaxBytesUnderWay)
        {
            return false;
        }

        SessionState session = delivery.Session;
        byte[] emit = DeadLetter.Encode(session, storedEvent, target, deliveries, isObserved(session.Namespace.Name));
        byte[] record = DeadLetterRecord.Encode(delivery.ProgressWithout(storedEvent.Sequence, head), emit);
        delivery.Unacked.MoveToDeadLetters();
        delivery.BytesLeaving += record.Length;
        queue.TryAdd(new Command(CommandKind.DeadLetter, record, null, default));

        string room = DeadLetterRoom.Of(session.Address);
        int readers = ReadersOf(session.Namespace, room);
        DeliveryLog.DeadLettered(logger, storedEvent.Sequence, deliveries, session.Address, session.Namespace.Name, room, readers);
        return true;
    }

    /// <summary>The record was applied: the event is not owed any more.</summary>
    public static void OnApplied(SessionDelivery session, ReadOnlyMemory<byte> record)
    {
        session.BytesLeaving = Math.Max(0, session.BytesLeaving - record.Length);
        PayloadReader reader = new(record);
        Progress progress = DeadLetterRecord.DecodeProgress(ref reader);
        session.Unacked.RemoveBut(progress.Cursor, progress.Holes);
    }

    /// <summary>How many sessions read the dead letters of this room, those who read all included.</summary>
    public static int ReadersOf(NamespaceState? ns, string room) => Members(ns, room) + Members(ns, DeadLetterRoom.Everyones);

    private static int Members(NamespaceState? ns, string room) => ns?.Rooms.GetValueOrDefault(room)?.MemberCount ?? 0;
}

using System.Diagnostics.CodeAnalysis;

namespace MessageQueue.Client.Receiving;

/// <summary>
/// The numbers of the events that were handled last, and the answers to some of them. It is as large as twice the largest window, because
/// what comes again after a lost acknowledgement was in the window.
/// </summary>
internal sealed class HandledNumbers(int capacity = 16_384)
{
    private const int MaxAnswers = 256;

    private readonly HashSet<long> _numbers = [];
    private readonly Queue<long> _order = new();
    private readonly Dictionary<long, byte[]> _answers = [];
    private readonly Queue<long> _answerOrder = new();

    /// <summary>The largest number so far; 0 where there is none.</summary>
    public long Largest { get; private set; }

    /// <summary>Adds a number, and forgets the oldest where there is no room.</summary>
    public void Add(long number)
    {
        Largest = Math.Max(Largest, number);
        if (!_numbers.Add(number))
        {
            return;
        }

        _order.Enqueue(number);
        if (_order.Count > capacity)
        {
            _numbers.Remove(_order.Dequeue());
        }
    }

    /// <summary>Keeps the message that answered an event, in case the connection loses it.</summary>
    public void AddAnswer(long number, byte[] message)
    {
        if (_answers.TryAdd(number, message))
        {
            _answerOrder.Enqueue(number);
        }

        if (_answerOrder.Count > MaxAnswers)
        {
            _answers.Remove(_answerOrder.Dequeue());
        }
    }

    /// <summary>Whether an event was handled.</summary>
    public bool Contains(long number) => _numbers.Contains(number);

    /// <summary>Returns the answer to an event.</summary>
    public bool TryGetAnswer(long number, [NotNullWhen(true)] out byte[]? message) => _answers.TryGetValue(number, out message);

    /// <summary>Forgets the numbers above one, and returns them.</summary>
    public IReadOnlyList<long> ForgetAbove(long upTo)
    {
        long[] gone = [.. _order.Where(number => number > upTo).Order()];
        long[] kept = [.. _order.Where(number => number <= upTo)];
        _numbers.ExceptWith(gone);
        _order.Clear();
        Array.ForEach(kept, _order.Enqueue);
        Array.ForEach(gone, number => _answers.Remove(number));
        Largest = Math.Min(Largest, upTo);
        return gone;
    }
}

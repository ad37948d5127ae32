namespace MessageQueue.Storage;

/// <summary>Finds places in sorted spans. For a span of plain numbers, the framework's <c>BinarySearch</c> is enough.</summary>
internal static class SortedSearch
{
    /// <summary>A condition that the first items of a span meet and all later ones do not.</summary>
    public interface ICondition<T>
    {
        bool Holds(in T item);
    }

    /// <summary>Returns how many items at the front meet the condition. If the condition is a struct, the compiler can inline it.</summary>
    public static int CountWhile<T, TCondition>(ReadOnlySpan<T> sorted, TCondition condition)
        where TCondition : struct, ICondition<T>
    {
        int low = 0;
        int high = sorted.Length;
        while (low < high)
        {
            int middle = (int)(((uint)low + (uint)high) >> 1);
            if (condition.Holds(sorted[middle]))
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    /// <inheritdoc cref="CountWhile{T, TCondition}" />
    public static int CountWhile<T>(ReadOnlySpan<T> sorted, Func<T, bool> condition) => CountWhile(sorted, new Function<T>(condition));

    /// <summary>Returns the index of the last extent that begins at or before the sequence; -1 if there is none.</summary>
    public static int FindExtent<T>(ReadOnlySpan<T> ascending, long sequence)
        where T : IExtent => CountWhile(ascending, new BeginsUpTo<T>(sequence)) - 1;

    private readonly struct Function<T>(Func<T, bool> condition) : ICondition<T>
    {
        public bool Holds(in T item) => condition(item);
    }

    private readonly struct BeginsUpTo<T>(long sequence) : ICondition<T>
        where T : IExtent
    {
        public bool Holds(in T item) => item.FirstSequence <= sequence;
    }
}

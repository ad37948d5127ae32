namespace MessageQueue.Storage;

/// <summary>Finds where a sequence would lie.</summary>
internal static class ExtentSearch
{
    /// <summary>The last extent that does not begin behind the sequence; -1 if there is none.</summary>
    public static int Find<T>(ReadOnlySpan<T> ascending, long sequence)
        where T : IExtent
    {
        int low = 0;
        int high = ascending.Length;
        while (low < high)
        {
            int middle = (int)(((uint)low + (uint)high) >> 1);
            if (ascending[middle].FirstSequence <= sequence)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low - 1;
    }
}

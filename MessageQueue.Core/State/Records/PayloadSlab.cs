namespace MessageQueue.State.Records;

/// <summary>
/// Memory for the payloads of events that come one after the other on the same thread: many share one array. So the garbage collector has
/// one object to mark and to move instead of hundreds, and nothing is cleared before it is written. Memory is never used again by itself:
/// an array lives until nobody holds a payload in it. Thread-safe: every thread has its own array.
/// </summary>
/// <remarks>
/// A payload that is held alone holds the whole array, so at most <see cref="SlabBytes"/>. Those who hold many payloads hold neighbours:
/// the inbox, and the cache of recent events, which gives them up in their order.
/// </remarks>
internal static class PayloadSlab
{
    /// <summary>The size of an array. Below the size from which arrays are collected with the oldest generation only.</summary>
    public const int SlabBytes = 32 * 1024;

    // A larger payload gets an array of its own, so that at most an eighth of an array is left unused.
    private const int MaxShared = SlabBytes / 8;

    [ThreadStatic]
    private static byte[]? _slab;

    [ThreadStatic]
    private static int _used;

    /// <summary>Returns memory that nobody else uses; its content is undefined.</summary>
    public static Memory<byte> Take(int bytes)
    {
        if (bytes > MaxShared)
        {
            return new byte[bytes];
        }

        byte[]? slab = _slab;
        int used = _used;
        if (slab is null || slab.Length - used < bytes)
        {
            _slab = slab = GC.AllocateUninitializedArray<byte>(SlabBytes);
            used = 0;
        }

        _used = used + bytes;
        return slab.AsMemory(used, bytes);
    }
}

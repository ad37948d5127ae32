using System.Buffers;
using System.Diagnostics;

namespace MessageQueue.Transport;

/// <summary>
/// Bytes in an array from a pool. The array is rented with the first byte and grows by doubling. Mutable: do not copy it while it is in
/// use.
/// </summary>
internal struct PooledBuffer
{
    // One page: most batches and messages fit.
    private const int FirstBytes = 4096;

    // The shared pool keeps a few dozen arrays of a size for each thread, and hundreds of outputs rent one in the same round on one thread
    // and return them on others: 500 receivers of alternating rooms allocated 570 MB a second with it. This pool keeps 57 MB at most.
    private const int OwnMaxBytes = 16 << 10;
    private static readonly ArrayPool<byte> Own = ArrayPool<byte>.Create(OwnMaxBytes, maxArraysPerBucket: 2048);

    private byte[]? _array;

    /// <summary>The number of bytes in use.</summary>
    public int Length { get; private set; }

    /// <summary>The bytes in use.</summary>
    public readonly ReadOnlyMemory<byte> Written => _array.AsMemory(0, Length);

    /// <summary>Appends bytes.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(GetFree(bytes.Length).Span);
        Advance(bytes.Length);
    }

    /// <summary>Returns the free memory after the bytes in use, at least this many bytes.</summary>
    public Memory<byte> GetFree(int atLeast)
    {
        Debug.Assert(atLeast > 0, "An empty array would be rented.");
        if (_array is null)
        {
            _array = Rent(Math.Max(atLeast, FirstBytes));
        }
        else if (_array.Length - Length < atLeast)
        {
            byte[] larger = Rent((int)Math.Clamp(2L * _array.Length, Length + atLeast, Array.MaxLength));
            _array.AsSpan(0, Length).CopyTo(larger);
            Return(_array);
            _array = larger;
        }

        return _array.AsMemory(Length);
    }

    /// <summary>Marks this much of the free memory as in use.</summary>
    public void Advance(int bytes) => Length += bytes;

    /// <summary>Removes the bytes and keeps the array for the next ones.</summary>
    public void Clear() => Length = 0;

    /// <summary>Returns the array to the pool.</summary>
    public void Release()
    {
        Length = 0;
        if (_array is { } array)
        {
            _array = null;
            Return(array);
        }
    }

    private static byte[] Rent(int bytes) => PoolOf(bytes).Rent(bytes);

    private static void Return(byte[] array) => PoolOf(array.Length).Return(array);

    private static ArrayPool<byte> PoolOf(int bytes) => bytes <= OwnMaxBytes ? Own : ArrayPool<byte>.Shared;
}

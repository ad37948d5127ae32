using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Threading.RateLimiting;
using MessageQueue.Commands;
using MessageQueue.Connections;

namespace MessageQueue.Http;

/// <summary>Limits what all connections of one address may do together. Thread-safe.</summary>
internal sealed class AddressLimits : IDisposable
{
    private readonly ConcurrentDictionary<IPAddress, TokenBucket> _buckets = [];
    private readonly PartitionedRateLimiter<IPAddress>? _connections;
    private readonly MessageQueueOptions _options;
    private int _sweepAt = 1024;

    public AddressLimits(MessageQueueOptions options)
    {
        _options = options;
        if (options.MaxConnectionsPerAddress > 0)
        {
            ConcurrencyLimiterOptions limit = new() { PermitLimit = options.MaxConnectionsPerAddress };
            _connections = PartitionedRateLimiter.Create<IPAddress, IPAddress>(
                address => RateLimitPartition.GetConcurrencyLimiter(address, _ => limit));
        }
    }

    /// <summary>
    /// Returns what counts as one address. For IPv6 these are the first 64 bits: the owner of a network chooses the other bits freely, so a
    /// limit per full address would have no effect.
    /// </summary>
    public static IPAddress KeyOf(IPAddress? address)
    {
        if (address is null || address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return address ?? IPAddress.None;
        }

        if (address.IsIPv4MappedToIPv6)
        {
            return address.MapToIPv4();
        }

        byte[] bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return new IPAddress(bytes);
    }

    /// <summary>Counts one more connection, until the lease is disposed. Null: there is no limit.</summary>
    public RateLimitLease? Connect(IPAddress? address) => _connections?.AttemptAcquire(KeyOf(address));

    /// <summary>Returns how fast a new connection may send. Null: there is no limit.</summary>
    public MessageRate? RateOf(IPAddress? address)
    {
        TokenBucket? own = NewBucket(_options.MaxMessagesPerSecond, _options.MessageBurst);
        TokenBucket? common = _options.MaxMessagesPerSecondPerAddress > 0 ? BucketOf(KeyOf(address)) : null;
        return own is null && common is null ? null : new MessageRate(own, common);
    }

    /// <inheritdoc />
    public void Dispose() => _connections?.Dispose();

    // A bucket stays when its last connection ends. Otherwise a client could connect again at once and find a full bucket.
    private TokenBucket BucketOf(IPAddress key)
    {
        if (_buckets.Count >= _sweepAt)
        {
            Sweep();
        }

        return _buckets.GetOrAdd(key, _ => NewBucket(_options.MaxMessagesPerSecondPerAddress, _options.MessageBurstPerAddress)!);
    }

    // Removes full buckets, which are as good as new ones. If a connection still uses a removed bucket, its address gets one more burst.
    private void Sweep()
    {
        foreach ((IPAddress key, TokenBucket bucket) in _buckets)
        {
            if (bucket.IsFull)
            {
                _buckets.TryRemove(key, out _);
            }
        }

        _sweepAt = Math.Max(1024, 2 * _buckets.Count);
    }

    private TokenBucket? NewBucket(int perSecond, int burst) =>
        perSecond == 0 ? null : new TokenBucket(perSecond, burst == 0 ? perSecond : burst, _options.TimeProvider);
}

using System.Net;
using System.Threading.RateLimiting;
using MessageQueue.Connections;
using MessageQueue.Http;

namespace MessageQueue.Tests.Hosting;

[Parallelizable(ParallelScope.All)]
internal sealed class AddressLimitsTests
{
    [TestCase("192.0.2.7", "192.0.2.7")]
    [TestCase("::ffff:192.0.2.7", "192.0.2.7")]
    [TestCase("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::")]
    public void An_IPv6_network_of_64_bits_counts_as_one_address(string address, string key) =>
        AddressLimits.KeyOf(IPAddress.Parse(address)).Should().Be(IPAddress.Parse(key));

    [Test]
    public void Without_limits_nothing_is_counted()
    {
        using AddressLimits limits = new(new MessageQueueOptions());

        limits.Connect(IPAddress.Loopback).Should().BeNull();
        limits.RateOf(IPAddress.Loopback).Should().BeNull();
    }

    [Test]
    public void Connections_are_counted_by_address_until_they_end()
    {
        using AddressLimits limits = new(new MessageQueueOptions { MaxConnectionsPerAddress = 1 });
        IPAddress other = IPAddress.Parse("192.0.2.7");

        RateLimitLease first = limits.Connect(IPAddress.Loopback)!;
        first.IsAcquired.Should().BeTrue();
        limits.Connect(IPAddress.Loopback)!.IsAcquired.Should().BeFalse();
        limits.Connect(other)!.IsAcquired.Should().BeTrue();
        first.Dispose();
        limits.Connect(IPAddress.Loopback)!.IsAcquired.Should().BeTrue();
    }

    [Test]
    public void Coming_back_does_not_fill_the_bucket_of_an_address()
    {
        using AddressLimits limits = new(new MessageQueueOptions { MaxMessagesPerSecondPerAddress = 1, MessageBurstPerAddress = 2 });
        MessageRate first = limits.RateOf(IPAddress.Loopback)!;
        (first.TryEnter(), first.TryEnter()).Should().Be((true, true));

        limits.RateOf(IPAddress.Loopback)!.TryEnter().Should().BeFalse();
    }
}

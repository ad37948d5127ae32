using MessageQueue.Storage;

namespace MessageQueue.Tests.Storage;

[Parallelizable(ParallelScope.Self)]
internal sealed class InMemoryEventLogTests : EventLogContract
{
    private InMemoryEventLog? _held;

    [TearDown]
    public void Forget() => _held = null;

    [Test]
    public void Two_instances_are_two_stores() => new InMemoryEventLog().StoreId.Should().NotBe(new InMemoryEventLog().StoreId);

    /// <summary>The same instance is the same store, for a second run of a server.</summary>
    protected override IEventLog Reopen()
    {
        _held?.Dispose();
        return _held ??= new InMemoryEventLog(maxPayloadBytes: 64 * 1024);
    }
}

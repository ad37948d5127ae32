using System.Reflection;
using System.Runtime.CompilerServices;
using MessageQueue.State.Records;

namespace MessageQueue.Tests.State;

/// <summary>The record of an emit, which several parts of the server fill in.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class EmitRecordTests
{
    [Test]
    public void Every_sender_of_events_has_to_fill_in_every_field() =>
        typeof(EmitRecord).GetProperties().Where(static property => property.GetCustomAttribute<RequiredMemberAttribute>() is null)
            .Should().BeEmpty("a new field must not compile until each sender of events says what it has there");
}

using MessageQueue.Protocol;

namespace MessageQueue.Tests.Protocol;

/// <summary>If a key occurs several times, the last one counts, as in <c>JSON.parse</c>.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class DuplicateKeyTests
{
    [Test]
    public void The_last_value_counts()
    {
        ClientRequest message = Parsing.Accept(
            """{"type":"ping","event":"a","to":["a","b"],"data":1,"id":"a","echo":true,"ttl":1"""
            + ""","type":"emit","event":"b","to":"c","data":2,"id":"b","echo":false,"ttl":2}""");
        message.Type.Should().Be(ClientRequestType.Emit);
        message.Event.AsText().Should().Be("b");
        message.To.AsTexts().Should().Equal("c");
        message.Data.AsText().Should().Be("2");
        message.Reference.AsText().Should().Be("b");
        message.Echo.Should().BeFalse();
        message.TimeToLive.Should().Be(2);
        Parsing.Accept("""{"type":"ack","id":[1,2],"id":3}""").Ids.Should().Equal(3);
    }

    [TestCase("""{"type":1,"type":"emit","event":"e"}""")]
    [TestCase("""{"type":"what","type":"emit","event":"e"}""")]
    [TestCase("""{"type":"emit","event":1,"event":"e"}""")]
    [TestCase("""{"type":"emit","event":"e","to":[],"to":["a"]}""")]
    [TestCase("""{"type":"emit","event":"e","id":5,"id":"r"}""")]
    [TestCase("""{"type":"emit","event":"e","ttl":0,"tt\u006c":1}""")]
    public void A_valid_later_value_replaces_a_faulty_one(string json) => Parsing.Accept(json).Event.AsText().Should().Be("e");

    [TestCase("""{"type":"emit","event":"e","event":1}""", "event")]
    [TestCase("""{"type":"emit","event":"e","to":"a","to":null}""", "to")]
    [TestCase("""{"type":"ack","id":5,"id":"5"}""", "id")]
    [TestCase("""{"type":"emit","event":"e","echo":true,"ech\u006f":0}""", "echo")]
    public void A_faulty_later_value_replaces_a_valid_one(string json, string field) => Parsing.RefuseAsBadMessage(json, field);
}

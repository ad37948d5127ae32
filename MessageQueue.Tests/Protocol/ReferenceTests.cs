namespace MessageQueue.Tests.Protocol;

/// <summary>
/// An error has the client's reference whenever it could be read, so that a client knows which of its requests failed.
/// </summary>
[Parallelizable(ParallelScope.All)]
internal sealed class ReferenceTests
{
    [TestCase("""{"id":"r","type":"emit"}""", "bad_message")]
    [TestCase("""{"type":"emit","event":1,"id":"r"}""", "bad_message")]
    [TestCase("""{"type":"emit","event":"e","to":[1,{"a":[]}],"id":"r"}""", "bad_message")]
    [TestCase("""{"type":"ack","id":"r"}""", "bad_message")]
    [TestCase("""{"type":"nack","id":"r"}""", "bad_message")]
    [TestCase("""{"id":"r"}""", "bad_message")]
    [TestCase("""{"type":7,"id":"r"}""", "bad_message")]
    [TestCase("""{"type":"what","id":"r"}""", "unknown_type")]
    [TestCase("""{"id":"r","type":"what"}""", "unknown_type")]
    [TestCase("""{"id":"r","type":"ping"} x""", "bad_json")]
    [TestCase("""{"id":"r","type":""", "bad_json")]
    [TestCase("""{"i\u0064":"\u0072","type":"what"}""", "unknown_type")]
    public void The_reference_of_a_refused_message_is_read(string json, string code)
    {
        Parsing.Refuse(json, out string reference).Code.Should().Be(code);
        reference.Should().Be("r");
    }

    [Test]
    public void The_reference_after_a_value_nested_too_deep_is_read()
    {
        Parsing.Refuse($$"""{"type":"emit","event":"e","data":{{Parsing.Nested(500)}},"id":"r"}""", out string reference).Code
            .Should().Be("bad_json");
        reference.Should().Be("r");
    }

    [TestCase("""{"type":"emit","id":5}""")]
    [TestCase("""{"type":"emit","id":""}""")]
    [TestCase("""{"type":"emit","id":"\ud800"}""")]
    [TestCase("""{"type":"emit","id":"r","id":5}""")]
    [TestCase("""{"type":"emit","data":{"id":"r"}}""")]
    [TestCase("""{"type":"emit",""")]
    [TestCase("""["id","r"]""")]
    public void The_reference_is_empty_if_there_is_none(string json)
    {
        Parsing.Refuse(json, out string reference);
        reference.Should().BeEmpty();
    }

    [Test]
    public void A_reference_that_is_too_long_is_ignored()
    {
        Parsing.Refuse($$"""{"type":"ping","id":"{{new string('x', 129)}}"}""", out string reference);
        reference.Should().BeEmpty();
    }
}

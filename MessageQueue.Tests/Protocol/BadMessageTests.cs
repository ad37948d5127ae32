using MessageQueue.Protocol;

namespace MessageQueue.Tests.Protocol;

[Parallelizable(ParallelScope.All)]
internal sealed class BadMessageTests
{
    [TestCase("null")]
    [TestCase("true")]
    [TestCase("1")]
    [TestCase("\"ping\"")]
    [TestCase("[]")]
    [TestCase("""[{"type":"ping"}]""")]
    public void A_message_is_an_object(string json)
    {
        ProtocolError error = Parsing.Refuse(json);
        error.Code.Should().Be("bad_message");
        error.Message.Should().Contain("object");
    }

    [TestCase("{}")]
    [TestCase("""{"event":"e"}""")]
    [TestCase("""{"type":null}""")]
    [TestCase("""{"type":1}""")]
    [TestCase("""{"type":["ping"]}""")]
    [TestCase("""{"type":{"type":"ping"}}""")]
    public void Its_type_is_a_string(string json) => Parsing.RefuseAsBadMessage(json, "type");

    [TestCase("")]
    [TestCase("Emit")]
    [TestCase("emit ")]
    [TestCase("event")]
    [TestCase("welcome")]
    [TestCase("subscribe")]
    [TestCase("\\ud800")]
    [TestCase("\\u0065vent")]
    public void An_unknown_type_is_unknown_type(string type)
    {
        ProtocolError error = Parsing.Refuse($$"""{"type":"{{type}}","event":5}""");
        error.Code.Should().Be("unknown_type");
        error.Message.Should().Contain("emit, join, leave, watch, unwatch, show, ack, nack, end, ping");
    }

    [Test]
    public void A_long_type_is_unknown_too()
    {
        string escaped = string.Concat(Enumerable.Repeat("\\u0061", 5000));
        Parsing.Refuse($$"""{"type":"{{new string('a', 100_000)}}"}""").Code.Should().Be("unknown_type");
        Parsing.Refuse($$"""{"type":"{{escaped}}"}""").Code.Should().Be("unknown_type");
    }

    [Test]
    public void The_error_names_the_field_the_fault_and_what_is_allowed()
    {
        Parsing.Refuse("""{"type":"emit"}""").Message.Should().Be("`event` is missing: it has to be a string of 1 to 128 characters");
        Parsing.Refuse("""{"type":"emit","event":"e","ttl":0}""").Message
            .Should().Be("`ttl` is out of range: it has to be an integer, 1 to 9007199254740991 (milliseconds)");
        Parsing.Refuse("""{"type":"join","room":"*"}""").Message
            .Should().Be("`room` is not allowed: it has to be a string of 1 to 128 characters, not \"*\" and not starting with \"@\"");
        Parsing.Refuse("""{"type":"emit","event":""}""").Message.Should().StartWith("`event` is empty");
        Parsing.Refuse("""{"type":"emit","event":null}""").Message.Should().StartWith("`event` has the wrong type");
        Parsing.Refuse("""{"type":"emit","event":"\udc00"}""").Message.Should().StartWith("`event` is not valid Unicode");
        Parsing.Refuse($$"""{"type":"emit","event":"{{new string('x', 129)}}"}""").Message.Should().StartWith("`event` is too long");
    }

    [Test]
    public void The_same_one_of_several_faults_is_reported_whatever_their_order() =>
        Parsing.Refuse("""{"ttl":0,"to":[],"type":"emit","event":1}""")
            .Should().Be(Parsing.Refuse("""{"event":1,"type":"emit","to":[],"ttl":0}"""));

    [TestCase("emit", "\"event\":\"e\"")]
    [TestCase("join", "\"room\":\"r\"")]
    [TestCase("leave", "\"room\":\"r\"")]
    [TestCase("end", "\"x\":1")]
    [TestCase("ping", "\"x\":1")]
    public void A_reference_is_a_name(string type, string rest)
    {
        Parsing.Accept($$"""{"type":"{{type}}",{{rest}},"id":"{{new string('x', 128)}}"}""").Reference.Length.Should().Be(128);
        foreach (string id in new[] { "\"\"", "null", "1", "[\"a\"]", "{}", "true", "\"\\ud800\"", $"\"{new string('x', 129)}\"" })
        {
            Parsing.RefuseAsBadMessage($$"""{"type":"{{type}}",{{rest}},"id":{{id}}}""", "id");
        }
    }

    [Test]
    public void Unknown_fields_with_any_value_are_ignored() =>
        Parsing.Accept(
            """{"a":null,"type":"ping","b":[{"type":"emit"},[]],"c":{"id":5},"Type":1,"ID":2,"":0,"\ud800":1,"typ":"x","types":"x"}""")
            .Type.Should().Be(ClientRequestType.Ping);
}

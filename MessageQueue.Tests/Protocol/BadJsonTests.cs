using MessageQueue.Protocol;

namespace MessageQueue.Tests.Protocol;

[Parallelizable(ParallelScope.All)]
internal sealed class BadJsonTests
{
    [TestCase("")]
    [TestCase(" ")]
    [TestCase("hello")]
    [TestCase("{")]
    [TestCase("""{"type":"ping" """)]
    [TestCase("""{"type":"ping"}}""")]
    [TestCase("""{"type":"ping"} {"type":"ping"}""")]
    [TestCase("""{"type":"ping"},""")]
    [TestCase("""{"type":"ping"} x""")]
    [TestCase("""{"type":"ping",}""")]
    [TestCase("""{"type":"ping"/* c */}""")]
    [TestCase("""{"type":"ping"} // c""")]
    [TestCase("""{'type':'ping'}""")]
    [TestCase("""{type:"ping"}""")]
    [TestCase("""{"type":"ping","id":"a""")]
    [TestCase("""{"type":"ping","x":[1,2}""")]
    [TestCase("""{"type":"ping","x":[1,2,]}""")]
    [TestCase("""{"type":"ping","x":01}""")]
    [TestCase("""{"type":"ping","x":+1}""")]
    [TestCase("""{"type":"ping","x":NaN}""")]
    [TestCase("""{"type":"ping","x":tru}""")]
    [TestCase("""{"type":"ping","x":"\x"}""")]
    [TestCase("""{"type":"ping","x":"\u12"}""")]
    [TestCase("{\"type\":\"ping\",\"x\":\"a\nb\"}")]
    [TestCase("\uFEFF{\"type\":\"ping\"}")]
    [TestCase("[1,2")]
    [TestCase("1 2")]
    public void Anything_but_one_JSON_value_is_bad_json(string text) => Parsing.Refuse(text).Code.Should().Be("bad_json");

    [Test]
    public void The_error_gives_the_position_and_does_not_repeat_the_input()
    {
        ProtocolError error = Parsing.Refuse("{\"type\":\n  secret}");
        error.Message.Should().Be("not one JSON value: wrong at line 2, byte 3");
        Parsing.Refuse("").Message.Should().Be("the message is empty");
    }

    [Test]
    public void White_space_around_is_allowed() =>
        Parsing.Accept(" \r\n\t{ \"type\" : \"ping\" }\n").Type.Should().Be(ClientRequestType.Ping);

    [Test]
    public void Bad_json_is_reported_before_every_other_fault() =>
        Parsing.Refuse("""{"type":"join","room":"*" """).Code.Should().Be("bad_json");

    [Test]
    public void Sixty_four_levels_pass_with_the_message_itself_as_the_first()
    {
        string data = Parsing.Nested(63);
        Parsing.Accept($$"""{"type":"emit","event":"e","data":{{data}}}""").Data.AsText().Should().Be(data);
        Parsing.Accept($$"""{"type":"ping","unknown":{{data}}}""").Type.Should().Be(ClientRequestType.Ping);
        Parsing.Refuse(Parsing.Nested(64)).Code.Should().Be("bad_message");
    }

    [TestCase("data")]
    [TestCase("unknown")]
    [TestCase("event")]
    [TestCase("to")]
    [TestCase("id")]
    [TestCase("echo")]
    [TestCase("ttl")]
    public void Sixty_five_levels_are_bad_json_wherever_they_are(string field)
    {
        ProtocolError error = Parsing.Refuse($$"""{"type":"emit","event":"e","{{field}}":{{Parsing.Nested(64)}}}""");
        error.Should().Be(new ProtocolError("bad_json", "nested deeper than 64"));
    }

    [Test]
    public void Objects_count_as_levels_like_arrays()
    {
        static string Objects(int depth) => string.Concat(Enumerable.Repeat("{\"a\":", depth)) + "1" + new string('}', depth);
        Parsing.Accept($$"""{"type":"emit","event":"e","data":{{Objects(63)}}}""").Data.Length.Should().BePositive();
        Parsing.Refuse($$"""{"type":"emit","event":"e","data":{{Objects(64)}}}""").Code.Should().Be("bad_json");
    }

    [Test]
    public void Sixty_five_levels_are_bad_json_without_an_object() => Parsing.Refuse(Parsing.Nested(65)).Code.Should().Be("bad_json");

    [Test]
    public void A_megabyte_of_brackets_is_bad_json()
    {
        Parsing.Refuse(new string('[', 1 << 20)).Code.Should().Be("bad_json");
        Parsing.Refuse(Parsing.Nested(1 << 19)).Code.Should().Be("bad_json");
    }
}

using MessageQueue.Protocol;
using MessageQueue.Protocol.Parsing;

namespace MessageQueue.Tests.Protocol;

[Parallelizable(ParallelScope.All)]
internal sealed class EmitParsingTests
{
    [Test]
    public void An_emit_needs_only_its_event()
    {
        ClientRequest message = Parsing.Accept("""{"type":"emit","event":"e"}""");

        message.Type.Should().Be(ClientRequestType.Emit);
        message.Event.AsText().Should().Be("e");
        message.Data.IsEmpty.Should().BeTrue();
        message.To.Should().BeEmpty();
        message.Reference.IsEmpty.Should().BeTrue();
        message.Echo.Should().BeTrue();
        message.Volatile.Should().BeFalse();
        message.TimeToLive.Should().BeNull();
        message.HasSeveralArguments.Should().BeFalse();
        message.Trace.IsEmpty.Should().BeTrue();
    }

    [Test]
    public void All_fields_are_read()
    {
        ClientRequest message = Parsing.Accept(
            """{"type":"emit","event":"say","data":{"text":"hi"},"to":["a","*","@bob"],"id":"r1","echo":false"""
            + ""","volatile":true,"ttl":5000,"trace":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}""");

        message.Event.AsText().Should().Be("say");
        message.Data.AsText().Should().Be("""{"text":"hi"}""");
        message.To.AsTexts().Should().Equal("a", "*", "@bob");
        message.Reference.AsText().Should().Be("r1");
        message.Echo.Should().BeFalse();
        message.Volatile.Should().BeTrue();
        message.TimeToLive.Should().Be(5000);
        message.Trace.AsText().Should().Be("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    }

    [TestCase("lobby")]
    [TestCase("*")]
    [TestCase("@bob")]
    [TestCase("@~abc")]
    [TestCase("@@")]
    [TestCase("**")]
    [TestCase("a@b")]
    public void To_is_a_room_or_everyone_or_a_session(string target)
    {
        Parsing.Accept($$"""{"type":"emit","event":"e","to":"{{target}}"}""").To.AsTexts().Should().Equal(target);
        Parsing.Accept($$"""{"type":"emit","event":"e","to":["{{target}}"]}""").To.AsTexts().Should().Equal(target);
    }

    [TestCase("\"\"")]
    [TestCase("\"@\"")]
    [TestCase("[]")]
    [TestCase("[\"a\",\"\"]")]
    [TestCase("[\"a\",\"@\"]")]
    [TestCase("[\"a\",1]")]
    [TestCase("[1,\"a\"]")]
    [TestCase("[null]")]
    [TestCase("[[\"a\"]]")]
    [TestCase("[{\"a\":\"b\"},\"a\"]")]
    [TestCase("null")]
    [TestCase("1")]
    [TestCase("true")]
    [TestCase("{}")]
    [TestCase("{\"a\":[\"b\"]}")]
    public void Anything_else_is_refused_as_to(string to) =>
        Parsing.RefuseAsBadMessage($$"""{"type":"emit","event":"e","to":{{to}}}""", "to");

    [Test]
    public void The_name_in_a_session_target_has_at_most_128_characters_after_its_prefix()
    {
        string longest = "@" + new string('a', 128);
        Parsing.Accept($$"""{"type":"emit","event":"e","to":"{{longest}}"}""").To.AsTexts().Should().Equal(longest);
        Parsing.RefuseAsBadMessage($$"""{"type":"emit","event":"e","to":"{{longest}}a"}""", "to");
        Parsing.RefuseAsBadMessage($$"""{"type":"emit","event":"e","to":"{{longest[1..]}}a"}""", "to");
    }

    [Test]
    public void To_has_at_most_the_allowed_count_of_entries()
    {
        Parsing.Accept("""{"type":"emit","event":"e","to":["a","b","a"]}""", maxRooms: 3).To.AsTexts().Should().Equal("a", "b", "a");
        ProtocolError error = Parsing.Refuse(
            """{"type":"emit","event":"e","to":["a","b","c","d",["e"]],"id":"r"}""", out string reference, maxRooms: 3);
        error.Code.Should().Be("bad_message");
        error.Message.Should().StartWith("`to` has too many entries").And.Contain("1 to 3");
        reference.Should().Be("r");
    }

    [Test]
    public void Entries_beyond_the_limit_are_not_kept()
    {
        ClientRequest message = new();
        byte[] json = """{"type":"emit","event":"e","to":["a","b","c","d"]}"""u8.ToArray();
        MessageParser.TryParse(json, new MessageLimits(2, 8192), message, out _).Should().BeFalse();
        message.To.Should().HaveCount(2);
    }

    [TestCase("\"\"")]
    [TestCase("null")]
    [TestCase("1")]
    [TestCase("[\"e\"]")]
    [TestCase("{}")]
    [TestCase("false")]
    public void The_event_is_a_name(string value) => Parsing.RefuseAsBadMessage($$"""{"type":"emit","event":{{value}}}""", "event");

    [Test]
    public void The_event_must_be_there() => Parsing.RefuseAsBadMessage("""{"type":"emit","data":1}""", "event");

    [TestCase("null")]
    [TestCase("0.10")]
    [TestCase("\"a\\u0062\\n\"")]
    [TestCase("\"\\ud800\"")]
    [TestCase("{ \"b\" : [ 1,\t2 ] , \"b\":3}")]
    [TestCase("[]")]
    [TestCase("{}")]
    [TestCase("false")]
    [TestCase("1e999")]
    [TestCase("\"Grüße 🎉\"")]
    public void Data_is_any_value_and_stays_as_it_was_sent(string data)
    {
        Parsing.Accept($$"""{"type":"emit","event":"e","data":{{data}}}""").Data.AsText().Should().Be(data);
        Parsing.Accept($$"""{"data" :  {{data}}  ,"type":"emit","event":"e"}""").Data.AsText().Should().Be(data);
    }

    [TestCase("[1,{\"a\":2}]")]
    [TestCase("[1]")]
    [TestCase("[]")]
    [TestCase("[ 1 ]")]
    public void With_args_the_entries_of_the_data_are_the_arguments(string data)
    {
        ClientRequest message = Parsing.Accept($$"""{"args":true,"type":"emit","event":"e","data": {{data}} }""");

        message.HasSeveralArguments.Should().BeTrue();
        message.Data.AsText().Should().Be(data);
        Parsing.Accept($$"""{"type":"emit","event":"e","data":{{data}},"args":false}""").HasSeveralArguments.Should().BeFalse();
    }

    [TestCase(",\"data\":1")]
    [TestCase(",\"data\":{}")]
    [TestCase(",\"data\":\"[1]\"")]
    [TestCase(",\"data\":null")]
    [TestCase(",\"data\":[1],\"data\":1")]
    [TestCase("")]
    public void With_args_anything_but_an_array_is_refused_as_data(string data)
    {
        Parsing.RefuseAsBadMessage($$"""{"type":"emit","event":"e","args":true{{data}}}""", "data");
        Parsing.RefuseAsBadMessage($$"""{"type":"ack","id":5,"args":true{{data}}}""", "data");
        Parsing.Accept($$"""{"type":"emit","event":"e","args":false{{data}}}""").HasSeveralArguments.Should().BeFalse();
        Parsing.Accept($$"""{"type":"ping","args":true{{data}}}""");
    }

    [TestCase("args", "null")]
    [TestCase("args", "1")]
    [TestCase("args", "[true]")]
    [TestCase("echo", "null")]
    [TestCase("echo", "0")]
    [TestCase("echo", "\"false\"")]
    [TestCase("echo", "[false]")]
    [TestCase("volatile", "null")]
    [TestCase("volatile", "1")]
    [TestCase("volatile", "{}")]
    public void Flags_are_true_or_false(string field, string value) =>
        Parsing.RefuseAsBadMessage($$"""{"type":"emit","event":"e","{{field}}":{{value}}}""", field);

    [Test]
    public void Flags_may_have_their_default_value()
    {
        ClientRequest message = Parsing.Accept("""{"type":"emit","event":"e","echo":true,"volatile":false}""");
        message.Echo.Should().BeTrue();
        message.Volatile.Should().BeFalse();
    }

    [TestCase("0")]
    [TestCase("-1")]
    [TestCase("1.5")]
    [TestCase("9007199254740992")]
    [TestCase("1e300")]
    [TestCase("\"5\"")]
    [TestCase("null")]
    [TestCase("[5]")]
    public void A_ttl_is_an_integer_from_1(string value) =>
        Parsing.RefuseAsBadMessage($$"""{"type":"emit","event":"e","ttl":{{value}}}""", "ttl");

    [TestCase(1)]
    [TestCase(9007199254740991)]
    public void A_ttl_goes_up_to_the_largest_safe_integer(long value) =>
        Parsing.Accept($$"""{"type":"emit","event":"e","ttl":{{value}}}""").TimeToLive.Should().Be(value);

    [Test]
    public void Fields_of_other_types_are_unknown_and_ignored() =>
        Parsing.Accept("""{"type":"emit","event":"e","room":5,"upTo":"x","delay":null}""").Event.AsText().Should().Be("e");
}

using MessageQueue.Protocol;
using MessageQueue.Protocol.Parsing;

namespace MessageQueue.Tests.Protocol;

/// <summary>Ack and nack.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class AckParsingTests
{
    [TestCase("5", new long[] { 5 })]
    [TestCase("[5]", new long[] { 5 })]
    [TestCase("[7,5,7]", new long[] { 7, 5, 7 })]
    [TestCase("9007199254740991", new[] { 9007199254740991 })]
    public void Ack_and_nack_take_a_number_or_an_array(string id, long[] numbers)
    {
        Parsing.Accept($$"""{"type":"ack","id":{{id}}}""").Ids.Should().Equal(numbers);
        Parsing.Accept($$"""{"type":"nack","id":{{id}}}""").Ids.Should().Equal(numbers);
    }

    [TestCase("0")]
    [TestCase("-1")]
    [TestCase("1.5")]
    [TestCase("9007199254740992")]
    [TestCase("99999999999999999999")]
    [TestCase("1e99999")]
    [TestCase("\"5\"")]
    [TestCase("null")]
    [TestCase("true")]
    [TestCase("{}")]
    [TestCase("[]")]
    [TestCase("[5,0]")]
    [TestCase("[5,\"6\",7]")]
    [TestCase("[[5]]")]
    [TestCase("[null,5]")]
    public void Anything_else_is_not_an_event_number(string id)
    {
        Parsing.RefuseAsBadMessage($$"""{"type":"ack","id":{{id}}}""", "id");
        Parsing.RefuseAsBadMessage($$"""{"type":"nack","id":{{id}}}""", "id");
    }

    [TestCase("5.0", 5)]
    [TestCase("5e0", 5)]
    [TestCase("1e3", 1000)]
    [TestCase("1.5E1", 15)]
    [TestCase("9007199254740991.0", 9007199254740991)]
    public void A_number_is_an_integer_however_it_is_spelled(string id, long number) =>
        Parsing.Accept($$"""{"type":"ack","id":{{id}}}""").Ids.Should().Equal(number);

    [TestCase("9007199254740990.9")]
    [TestCase("0.9999999999999999999")]
    [TestCase("9007199254740992.0")]
    public void A_number_is_not_rounded_to_an_integer(string id) => Parsing.RefuseAsBadMessage($$"""{"type":"ack","id":{{id}}}""", "id");

    [TestCase("0", 0)]
    [TestCase("-0", 0)]
    [TestCase("12", 12)]
    [TestCase("9007199254740991", 9007199254740991)]
    public void UpTo_is_a_number_from_0(string value, long number)
    {
        ClientRequest message = Parsing.Accept($$"""{"type":"ack","upTo":{{value}}}""");
        message.UpTo.Should().Be(number);
        message.Ids.Should().BeEmpty();
    }

    [TestCase("-1")]
    [TestCase("9007199254740992")]
    [TestCase("0.5")]
    [TestCase("\"1\"")]
    [TestCase("null")]
    [TestCase("[1]")]
    public void Anything_else_is_refused_as_upTo(string value) =>
        Parsing.RefuseAsBadMessage($$"""{"type":"ack","upTo":{{value}}}""", "upTo");

    [TestCase("""{"type":"ack"}""")]
    [TestCase("""{"type":"ack","data":1}""")]
    [TestCase("""{"type":"ack","id":1,"upTo":1}""")]
    [TestCase("""{"type":"ack","upTo":1,"id":"x"}""")]
    [TestCase("""{"type":"ack","upTo":null,"id":1}""")]
    public void An_ack_has_exactly_one_of_id_and_upTo(string json)
    {
        Parsing.RefuseAsBadMessage(json, "id");
        Parsing.RefuseAsBadMessage(json, "upTo");
    }

    [TestCase("5")]
    [TestCase("[5]")]
    public void Data_may_reply_to_one_event(string id) =>
        Parsing.Accept($$"""{"type":"ack","data":null,"id":{{id}}}""").Data.AsText().Should().Be("null");

    [Test]
    public void A_reply_may_have_several_arguments()
    {
        ClientRequest message = Parsing.Accept("""{"type":"ack","id":5,"data":[1,"two"],"args":true}""");

        message.HasSeveralArguments.Should().BeTrue();
        message.Data.AsText().Should().Be("""[1,"two"]""");
        Parsing.Accept("""{"type":"ack","id":5,"data":[1,"two"]}""").HasSeveralArguments.Should().BeFalse();
    }

    [TestCase("\"id\":[5,6]")]
    [TestCase("\"upTo\":5")]
    public void Data_may_not_reply_to_several_events(string events) =>
        Parsing.RefuseAsBadMessage($$"""{"type":"ack","data":1,{{events}}}""", "data");

    [Test]
    public void A_nack_may_have_a_delay()
    {
        Parsing.Accept("""{"type":"nack","id":5}""").Delay.Should().BeNull();
        Parsing.Accept("""{"type":"nack","id":5,"delay":0}""").Delay.Should().Be(0);
        Parsing.Accept("""{"type":"nack","id":5,"delay":86400000}""").Delay.Should().Be(86_400_000);
    }

    [TestCase("-1")]
    [TestCase("86400001")]
    [TestCase("1.5")]
    [TestCase("\"1\"")]
    [TestCase("null")]
    [TestCase("[1]")]
    public void A_delay_is_at_most_a_day(string delay) =>
        Parsing.RefuseAsBadMessage($$"""{"type":"nack","id":5,"delay":{{delay}}}""", "delay");

    [Test]
    public void A_nack_names_its_events() => Parsing.RefuseAsBadMessage("""{"type":"nack","upTo":5}""", "id");

    [TestCase("ack")]
    [TestCase("nack")]
    public void An_array_has_at_most_the_allowed_count_of_numbers(string type)
    {
        string Message(int numbers) => $$"""{"id":[{{string.Join(',', Enumerable.Range(1, numbers))}}],"type":"{{type}}"}""";

        Parsing.Accept(Message(8192)).Ids.Should().HaveCount(8192);
        ProtocolError error = Parsing.Refuse(Message(8193));
        error.Code.Should().Be("bad_message");
        error.Message.Should().Contain("`id` has too many entries").And.Contain("1 to 8192");
    }

    [Test]
    public void The_memory_of_a_long_array_is_not_kept_for_the_next_message()
    {
        ClientRequest message = new();
        byte[] large = System.Text.Encoding.UTF8.GetBytes($$"""{"type":"ack","id":[{{string.Join(',', Enumerable.Range(1, 100_000))}}]}""");
        MessageParser.TryParse(large, new MessageLimits(1, 100_000), message, out _).Should().BeTrue();
        message.Ids.Should().HaveCount(100_000);

        MessageParser.TryParse("""{"type":"ping"}"""u8.ToArray(), new MessageLimits(1, 8192), message, out _).Should().BeTrue();
        message.Ids.Capacity.Should().BeLessThanOrEqualTo(256);
    }
}

using System.Runtime.InteropServices;
using System.Text;
using MessageQueue.Protocol;
using MessageQueue.Protocol.Parsing;

namespace MessageQueue.Tests.Protocol;

/// <summary>Names with and without JSON escapes, and how long they may be.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class NameSpellingTests
{
    [TestCase("\\u0065", "e")]
    [TestCase("a\\nb\\t\\\"\\\\\\/", "a\nb\t\"\\/")]
    [TestCase("\\ud83c\\udf89", "🎉")]
    [TestCase("Gr\\u00fc\\u00DFe", "Grüße")]
    [TestCase("\\u0000", "\0")]
    public void Escapes_are_resolved(string spelling, string name)
    {
        ClientRequest message = Parsing.Accept(
            $$"""{"type":"emit","event":"{{spelling}}","to":["{{spelling}}","@{{spelling}}"],"id":"{{spelling}}"}""");
        message.Event.AsText().Should().Be(name);
        message.To.AsTexts().Should().Equal(name, "@" + name);
        message.Reference.AsText().Should().Be(name);
        Parsing.Accept($$"""{"type":"join","room":"{{spelling}}"}""").Room.AsText().Should().Be(name);
    }

    [TestCase("{\"\\u0074ype\":\"ping\"}")]
    [TestCase("{\"type\":\"\\u0070ing\"}")]
    [TestCase("{\"\\u0074\\u0079\\u0070\\u0065\":\"\\u0070\\u0069\\u006e\\u0067\"}")]
    public void Keys_and_types_may_be_escaped_too(string json) => Parsing.Accept(json).Type.Should().Be(ClientRequestType.Ping);

    [TestCase("\\ud800")]
    [TestCase("\\udc00")]
    [TestCase("\\udc00\\ud800")]
    [TestCase("a\\ud800b")]
    [TestCase("\\ud800\\u0041")]
    public void A_lone_surrogate_is_not_a_character(string spelling)
    {
        Parsing.RefuseAsBadMessage($$"""{"type":"emit","event":"{{spelling}}"}""", "event");
        Parsing.RefuseAsBadMessage($$"""{"type":"emit","event":"e","to":["a","{{spelling}}"]}""", "to");
        Parsing.RefuseAsBadMessage($$"""{"type":"join","room":"{{spelling}}"}""", "room");
        Parsing.RefuseAsBadMessage($$"""{"type":"ping","id":"{{spelling}}"}""", "id");
    }

    [TestCase("a")]
    [TestCase("ß")]
    [TestCase("€")]
    [TestCase("🎉")]
    [TestCase("\\n")]
    [TestCase("\\u0061")]
    [TestCase("\\ud83c\\udf89")]
    public void A_name_is_at_most_128_code_points_however_they_are_spelled(string character)
    {
        string longest = string.Concat(Enumerable.Repeat(character, 128));
        Parsing.Accept($$"""{"type":"emit","event":"{{longest}}"}""").Event.AsText().EnumerateRunes().Should().HaveCount(128);
        Parsing.Refuse($$"""{"type":"emit","event":"{{longest}}{{character}}"}""").Message.Should().StartWith("`event` is too long");
        Parsing.Accept($$"""{"type":"emit","event":"e","to":"@{{longest}}"}""").To.Should().ContainSingle();
        Parsing.Refuse($$"""{"type":"emit","event":"e","to":"@{{longest}}{{character}}"}""").Message.Should().StartWith("`to` is too long");
    }

    [Test]
    public void Many_escaped_names_of_one_message_are_all_kept()
    {
        string[] rooms = [.. Enumerable.Range(0, 200).Select(number => "ä" + new string('x', 100) + number)];
        string to = string.Join(',', rooms.Select(room => $"\"{room.Replace("ä", "\\u00e4", StringComparison.Ordinal)}\""));
        Parsing.Accept($$"""{"type":"emit","event":"\u0065","to":[{{to}}],"id":"\u0072"}""", maxRooms: 200).To.AsTexts()
            .Should().Equal(rooms);
    }

    [Test]
    public void Names_without_escapes_are_slices_of_the_input()
    {
        byte[] text = """{"type":"emit","event":"say","data":[1],"to":["a"],"id":"r"}"""u8.ToArray();
        ClientRequest message = new();
        MessageParser.TryParse(text, new MessageLimits(1, 8192), message, out _).Should().BeTrue();

        foreach (ReadOnlyMemory<byte> slice in new[] { message.Event, message.Data, message.To[0], message.Reference })
        {
            MemoryMarshal.TryGetArray(slice, out ArraySegment<byte> segment).Should().BeTrue();
            segment.Array.Should().BeSameAs(text);
        }
    }

    [Test]
    public void The_next_message_starts_afresh()
    {
        ClientRequest message = new();
        byte[] first = Encoding.UTF8.GetBytes(
            """{"type":"emit","event":"\u0065","data":1,"to":["a"],"id":"r","echo":false,"volatile":true,"ttl":1}""");
        MessageParser.TryParse(first, new MessageLimits(1, 8192), message, out _).Should().BeTrue();
        MessageParser.TryParse("""{"type":"emit","event":"\u0066"}"""u8.ToArray(), new MessageLimits(1, 8192), message, out _)
            .Should().BeTrue();
        message.Should().BeEquivalentTo(Parsing.Accept("""{"type":"emit","event":"\u0066"}"""), options => options
            .Excluding(other => other.NameBuffer).Excluding(other => other.Event).Excluding(other => other.To).Excluding(other => other.Ids)
            .Excluding(other => other.Data).Excluding(other => other.Reference).Excluding(other => other.Room));
        (message.Event.AsText(), message.Data.Length, message.To.Count, message.Reference.Length).Should().Be(("f", 0, 0, 0));
    }
}

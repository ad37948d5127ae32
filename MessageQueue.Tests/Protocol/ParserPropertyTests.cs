using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using MessageQueue.Protocol;
using MessageQueue.Protocol.Parsing;

namespace MessageQueue.Tests.Protocol;

[Parallelizable(ParallelScope.All)]
internal sealed class ParserPropertyTests
{
    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly string[] Seeds =
    [
        """{"type":"emit","event":"say","data":{"a":[1,"\u00e9"]},"to":["a","*","@b"],"id":"r","echo":false,"volatile":true,"ttl":10}""",
        """{"type":"ack","id":[1,2.0,3e1],"data":null}""",
        """{"type":"ack","id":7,"data":[1,"a"],"args":true}""",
        """{"type":"nack","id":5,"delay":10,"upTo":7}""",
        """{"type":"join","room":"\ud83c\udf89","id":"r"}""",
    ];

    private static readonly Gen<byte[]> Mutated =
        from seed in Gen.Elements(Seeds)
        from mutations in Gen.Zip(
            Gen.Choose(0, 1000),
            Gen.OneOf(Gen.Choose(0, 255), Gen.Elements("\"\\{}[]:,0u8".Select(value => (int)value).ToArray()))).ListOf(3)
        from cut in Gen.Choose(0, 150)
        select Mutate(seed, mutations, cut);

    [Test]
    public void Bytes_are_bad_json_exactly_when_another_parser_says_so() =>
        ProtocolGenerators.Check(Gen.OneOf(Mutated, ArbMap.Default.GeneratorFor<byte[]>().Where(bytes => bytes is not null)), bytes =>
        {
            bool accepted = MessageParser.TryParse(bytes, new MessageLimits(128, 8192), new ClientRequest(), out ProtocolError error);
            (accepted || error.Code != ErrorCode.BadJson).Should().Be(IsJson(bytes));
        });

    [Test]
    public void The_order_of_the_fields_does_not_matter() =>
        ProtocolGenerators.Check(
            from seed in Gen.Elements(Seeds)
            from order in Gen.Shuffle(JsonDocument.Parse(seed).RootElement.EnumerateObject().ToArray())
            select (seed, "{" + string.Join(',', order.Select(field => $"\"{field.Name}\":{field.Value.GetRawText()}")) + "}"),
            pair => Outcome(pair.Item2).Should().Be(Outcome(pair.seed)));

    [Test]
    public void A_name_is_the_same_however_it_is_spelled() =>
        ProtocolGenerators.Check(ProtocolGenerators.Name, name =>
        {
            string plain = JsonSerializer.Serialize(name);
            string escaped = $"\"{ProtocolGenerators.Escape(name)}\"";
            string Emit(string spelling) => $$"""{"type":"emit","event":{{spelling}},"id":{{spelling}},"to":[{{spelling}},"a"]}""";
            string Join(string spelling) => $$"""{"type":"join","room":{{spelling}}}""";

            Outcome(Emit(escaped)).Should().Be(Outcome(Emit(plain))).And.Be(Outcome(Emit(RawSpelling(name))));
            Outcome(Join(escaped)).Should().Be(Outcome(Join(plain))).And.Be(Outcome(Join(RawSpelling(name))));
            Parsing.Accept($$"""{"type":"ping","id":{{escaped}}}""").Reference.AsText().Should().Be(name);
        });

    [Test]
    public void A_message_is_not_changed_by_the_one_before_it() =>
        ProtocolGenerators.Check(Gen.Zip(Mutated, Mutated), pair =>
        {
            ClientRequest used = new();
            _ = MessageParser.TryParse(pair.Item1, new MessageLimits(128, 8192), used, out _);
            Outcome(pair.Item2, used).Should().Be(Outcome(pair.Item2, new ClientRequest()));
        });

    /// <summary>Returns the name as a client writes it that escapes only what it must.</summary>
    private static string RawSpelling(string name) => JsonSerializer.Serialize(name, Relaxed);

    private static string Outcome(string json) => Outcome(Encoding.UTF8.GetBytes(json), new ClientRequest());

    private static string Outcome(byte[] json, ClientRequest message) =>
        MessageParser.TryParse(json, new MessageLimits(128, 8192), message, out ProtocolError error)
            ? $"{message.Type} {message.Event.AsText()} {message.Data.AsText()} [{string.Join('|', message.To.AsTexts())}] "
                + $"{message.Reference.AsText()} {message.Room.AsText()} "
                + $"{message.HasSeveralArguments} {message.Echo} {message.Volatile} {message.TimeToLive} "
                + $"[{string.Join('|', message.Ids)}] {message.UpTo} {message.Delay}"
            : $"{error} {message.Reference.AsText()}";

    private static bool IsJson(byte[] bytes)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(bytes);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static byte[] Mutate(string seed, IEnumerable<(int Position, int Value)> mutations, int cut)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(seed);
        foreach ((int position, int value) in mutations)
        {
            // Half of the positions are outside the message, so that some messages change only a little.
            if (position < bytes.Length)
            {
                bytes[position] = (byte)value;
            }
        }

        return cut < bytes.Length && cut % 4 == 0 ? bytes[..cut] : bytes;
    }
}

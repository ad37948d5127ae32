using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Embedding;

/// <summary>Bytes in data, in the app's code.</summary>
internal sealed partial class BytesTests
{
    private const string Binary = """{"$binary":"AQI="}""";

    private static readonly byte[] Bytes = [1, 2];

    internal sealed record Picture(string Name, byte[] Array, ReadOnlyMemory<byte> Read, Memory<byte> Written, BinaryValue Value);

    internal sealed record Picked(BinaryValue Value, BinaryValue? None);

    [JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
    [JsonSerializable(typeof(Picture))]
    [JsonSerializable(typeof(Picked))]
    internal sealed partial class GeneratedJson : JsonSerializerContext;

    [TestCase(false)]
    [TestCase(true)]
    public async Task Bytes_that_are_an_argument_or_an_answer_arrive_as_binary(bool generated)
    {
        await using TestServer server = await TestServer.HandlingAsync(
            mq => mq.Of("/").On<byte[]>("echo", (session, bytes) => Task.FromResult<object?>(bytes)),
            options => Configure(options, generated));
        await using EventClient alice = await server.ConnectAsync("session=alice");
        Namespace home = server.Server.Of("/");

        await home.EmitAsync("e", Bytes).OrTimeout();
        await home.EmitAsync("e", new ReadOnlyMemory<byte>(Bytes)).OrTimeout();
        await home.EmitAsync("e", new Memory<byte>(Bytes)).OrTimeout();
        await home.EmitAsync("e", new BinaryValue(Bytes)).OrTimeout();
        await home.EmitAsync("e", new Arguments(Bytes, new BinaryValue(Bytes))).OrTimeout();

        for (int i = 0; i < 4; i++)
        {
            (await alice.NextAsync("event")).GetProperty("data").GetRawText().Should().Be(Binary);
        }

        (await alice.NextAsync("event")).GetProperty("data").GetRawText().Should().Be($"[{Binary},{Binary}]");
        (await AskAsync(alice, "echo", Binary)).GetRawText().Should().Be(Binary, "a handler returns bytes as it got them");
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task Inside_of_an_object_only_a_BinaryValue_is_binary(bool generated)
    {
        await using TestServer server = await TestServer.StartAsync(options => Configure(options, generated));
        await using EventClient alice = await server.ConnectAsync("session=alice");

        await server.Server.Of("/").EmitAsync("e", new Picture("a", Bytes, Bytes, Bytes, new BinaryValue(Bytes))).OrTimeout();

        (await alice.NextAsync("event")).GetProperty("data").GetRawText().Should().Be(
            """{"name":"a","array":"AQI=","read":"AQI=","written":"AQI=","value":{"$binary":"AQI="}}""");
    }

    [TestCase(false, Binary)]
    [TestCase(true, Binary)]
    [TestCase(false, "\"AQI=\"")]
    [TestCase(true, "\"AQI=\"")]
    public async Task A_handler_reads_bytes_of_either_spelling(bool generated, string bytes)
    {
        await using TestServer server = await TestServer.HandlingAsync(
            mq =>
            {
                Namespace ns = mq.Of("/");
                ns.On<byte[]>("array", (session, value) => Task.FromResult<object?>(JsonSerializer.SerializeToElement(value.Length)));
                ns.On<Memory<byte>, ReadOnlyMemory<byte>>(
                    "two", (session, one, two) => Task.FromResult<object?>(JsonSerializer.SerializeToElement(one.Length + two.Length)));
                ns.On<BinaryValue>(
                    "value", (session, value) => Task.FromResult<object?>(JsonSerializer.SerializeToElement(value.Bytes.Length)));
                ns.On<Picture>("picture", (session, picture) => Task.FromResult<object?>(JsonSerializer.SerializeToElement(
                    picture.Array.Length + picture.Read.Length + picture.Written.Length + picture.Value.Bytes.Length)));
            },
            options => Configure(options, generated));
        await using EventClient alice = await server.ConnectAsync("session=alice");

        (await AskAsync(alice, "array", bytes)).GetInt32().Should().Be(2);
        (await AskAsync(alice, "two", $"[{bytes},{bytes}]")).GetInt32().Should().Be(4);
        (await AskAsync(alice, "value", bytes)).GetInt32().Should().Be(2);
        (await AskAsync(
            alice, "picture", $$"""{"name":"a","array":{{bytes}},"read":{{bytes}},"written":{{bytes}},"value":{{bytes}} }""")).GetInt32()
            .Should().Be(8);
    }

    [TestCase("1")]
    [TestCase("{}")]
    [TestCase("""{"$binary":1}""")]
    [TestCase("""{"$binary":null}""")]
    [TestCase("""{"$binary":"AQI"}""")]
    [TestCase("""{"$binary":"AQI=","more":1}""")]
    [TestCase("""{"more":1,"$binary":"AQI="}""")]
    [TestCase("""{"$binary":"AQI=","$binary":"AQI="}""")]
    [TestCase("\"A\"")]
    [TestCase("[1,2]")]
    public async Task Anything_else_is_not_bytes(string data)
    {
        await using TestServer server = await TestServer.HandlingAsync(mq =>
        {
            mq.Of("/").On<byte[]>("array", (session, bytes) => Task.CompletedTask);
            mq.Of("/").On<Picked>("picked", (session, bytes) => Task.CompletedTask);
        });
        await using EventClient alice = await server.ConnectAsync("session=alice");

        await alice.SendAsync($$"""{"type":"emit","event":"array","data":{{data}}}""");
        await alice.SendAsync($$"""{"type":"emit","event":"picked","data":{"value":{{data}},"none":null} }""");

        (await alice.NextAsync("error")).GetProperty("code").GetString().Should().Be("bad_message");
        (await alice.NextAsync("error")).GetProperty("code").GetString().Should().Be("bad_message");
    }

    [Test]
    public async Task Null_and_no_data_are_no_bytes()
    {
        await using TestServer server = await TestServer.HandlingAsync(mq =>
        {
            Namespace ns = mq.Of("/");
            ns.On<byte[]?>("array", (session, bytes) => Task.FromResult<object?>(bytes is null));
            ns.On<ReadOnlyMemory<byte>>("read", (session, bytes) => Task.FromResult<object?>(bytes.IsEmpty));
        });
        await using EventClient alice = await server.ConnectAsync("session=alice");

        (await AskAsync(alice, "array", "null")).GetBoolean().Should().BeTrue();
        (await AskAsync(alice, "read", "null")).GetBoolean().Should().BeTrue();
        await alice.SendAsync("""{"type":"emit","event":"array"}""");
        (await alice.NextAsync("ack")).GetProperty("data").GetBoolean().Should().BeTrue();
    }

    [Test]
    public async Task A_converter_of_the_apps_own_for_bytes_is_respected()
    {
        await using TestServer server = await TestServer.HandlingAsync(
            mq => mq.Of("/").On<byte[]>("array", (session, bytes) => Task.FromResult<object?>(Encoding.ASCII.GetString(bytes))),
            options => options.JsonSerializerOptions = new JsonSerializerOptions { Converters = { new AsciiConverter() } });
        await using EventClient alice = await server.ConnectAsync("session=alice");

        (await AskAsync(alice, "array", "\"abc\"")).GetString().Should().Be("abc");
    }

    [Test]
    public void Two_values_are_equal_if_their_bytes_are()
    {
        BinaryValue value = new(Bytes);

        value.Should().Be(new BinaryValue(new byte[] { 1, 2 })).And.NotBe(new BinaryValue(new byte[] { 1, 3 }));
        value.GetHashCode().Should().Be(new BinaryValue(new byte[] { 1, 2 }).GetHashCode());
        JsonSerializer.Serialize(value).Should().Be(Binary);
        JsonSerializer.Serialize(new BinaryValue(new byte[] { 0xfb, 0xff })).Should().Be("""{"$binary":"+/8="}""");
    }

    private static void Configure(MessageQueueOptions options, bool generated) => options.JsonSerializerOptions =
        generated ? new JsonSerializerOptions(JsonSerializerDefaults.Web) { TypeInfoResolver = GeneratedJson.Default } : null;

    private static async Task<JsonElement> AskAsync(EventClient client, string eventName, string data)
    {
        await client.SendAsync($$"""{"type":"emit","event":"{{eventName}}","data":{{data}}}""");
        return (await client.NextAsync("ack")).GetProperty("data");
    }

    private sealed class AsciiConverter : JsonConverter<byte[]>
    {
        public override byte[] Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            Encoding.ASCII.GetBytes(reader.GetString()!);

        public override void Write(Utf8JsonWriter writer, byte[] value, JsonSerializerOptions options) =>
            writer.WriteStringValue(Encoding.ASCII.GetString(value));
    }
}

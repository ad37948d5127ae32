using System.Buffers;
using System.Text;
using MessageQueue.Protocol;

namespace MessageQueue.Tests.Protocol;

/// <summary>Checks the messages to the client, byte for byte.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class ServerMessagesTests
{
    [Test]
    public void Welcome()
    {
        Written(output => ServerMessages.WriteWelcome(output, new WelcomeMessage
        {
            Session = "bob"u8,
            Resumed = false,
            Pending = 0,
            Window = 1024,
            MaxBytes = 1_048_576,
            Server = "MessageQueue/0.1.0"u8,
            Log = "ab12"u8,
        })).Should().Be(
            """{"type":"welcome","session":"bob","resumed":false,"pending":0,"window":1024,"maxBytes":1048576"""
            + ""","server":"MessageQueue/0.1.0","log":"ab12"}""");
    }

    [Test]
    public void The_welcome_of_a_session_without_a_name_has_its_alias()
    {
        Written(output => ServerMessages.WriteWelcome(output, new WelcomeMessage
        {
            Session = "~x"u8,
            Alias = "~\"y"u8,
            Resumed = false,
            Pending = 0,
            Window = 1,
            MaxBytes = 1,
            Server = "s"u8,
            Log = "l"u8,
        })).Should().StartWith("""{"type":"welcome","session":"~x","alias":"~\"y","resumed":false,""");
    }

    [Test]
    public void Presence_is_a_state_or_a_difference_or_a_number_or_the_end()
    {
        PresenceEntry[] two = [Entry("a\nb", "[1]"), Entry("c", "")];

        Presence(new PresenceMessage { Room = "r", Version = 7, Count = 2, Members = two }).Should().Be(
            """{"type":"presence","room":"r","version":7,"count":2,"members":[{"session":"a\nb","data":[1]},{"session":"c"}]}""");
        Presence(new PresenceMessage { Room = "r", Version = 7, Count = 0, Members = [], Part = 2, HasMore = true }).Should().Be(
            """{"type":"presence","room":"r","version":7,"count":0,"members":[],"part":2,"more":true}""");
        Presence(new PresenceMessage { Room = "r", Version = 8, Count = 2, Joined = two, Left = two }).Should().Be(
            """{"type":"presence","room":"r","version":8,"count":2,"joined":[{"session":"a\nb","data":[1]},{"session":"c"}]"""
            + ""","left":["a\nb","c"]}""");
        Presence(new PresenceMessage { Room = "r", Version = 9, Count = 5000, IsCountOnly = true }).Should().Be(
            """{"type":"presence","room":"r","version":9,"count":5000,"many":true}""");
        Presence(new PresenceMessage { Room = "r", IsEnd = true }).Should().Be("""{"type":"presence","room":"r","ended":true}""");
    }

    [Test]
    public void A_welcome_says_when_more_events_are_pending_than_were_counted()
    {
        Written(output => ServerMessages.WriteWelcome(output, new WelcomeMessage
        {
            Session = "~x"u8,
            Resumed = true,
            Pending = 100_000,
            More = true,
            Window = 1,
            MaxBytes = 1,
            Server = "s"u8,
            Log = "l"u8,
        })).Should().Be(
            """{"type":"welcome","session":"~x","resumed":true,"pending":100000,"more":true,"window":1,"maxBytes":1"""
            + ""","server":"s","log":"l"}""");
    }

    [Test]
    public void The_welcome_of_a_copy_lists_the_logs_that_it_continues()
    {
        byte[] continues = ContinuedLog.WriteArray(
            [new ContinuedLog("ab12", 17), .. Enumerable.Repeat(new ContinuedLog(new string('f', 32), long.MaxValue), 7)]);

        Written(output => ServerMessages.WriteWelcome(output, new WelcomeMessage
        {
            Session = "bob"u8,
            Resumed = true,
            Pending = long.MaxValue,
            More = true,
            Window = int.MaxValue,
            MaxBytes = int.MaxValue,
            Server = "s"u8,
            Log = "l"u8,
            Continues = continues,
        })).Should().StartWith("""{"type":"welcome","session":"bob","resumed":true,""")
            .And.Contain(
                ""","log":"l","continues":[{"log":"ab12","upTo":17},"""
                + """{"log":"ffffffffffffffffffffffffffffffff","upTo":9223372036854775807},""")
            .And.EndWith("}]}");
        ContinuedLog.WriteArray([]).Should().BeEmpty();
    }

    [Test]
    public void Event()
    {
        Written(output => ServerMessages.WriteEvent(output, new EventMessage { Event = "e"u8, Time = 7 }))
            .Should().Be("""{"type":"event","event":"e","time":7}""");
        Written(output => ServerMessages.WriteEvent(output, new EventMessage
        {
            Id = 5,
            Event = "say"u8,
            Data = """{ "a" : 1.0 }"""u8,
            Room = "lobby"u8,
            From = "bob"u8,
            Time = 1_700_000_000_000,
            Redelivered = true,
            Reply = true,
            Trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"u8,
        })).Should().Be(
            """{"type":"event","id":5,"event":"say","data":{ "a" : 1.0 },"room":"lobby","from":"bob","time":1700000000000"""
            + ""","redelivered":true,"reply":true,"trace":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}""");
        Written(output => ServerMessages.WriteEvent(output, new EventMessage
        {
            Event = "e"u8,
            Data = "[1,2]"u8,
            HasSeveralArguments = true,
            Room = "r"u8,
            Time = 7,
        })).Should().Be("""{"type":"event","event":"e","data":[1,2],"args":true,"room":"r","time":7}""");
    }

    [Test]
    public void Ack()
    {
        Written(output => ServerMessages.WriteAck(output, default)).Should().Be("""{"type":"ack"}""");
        Written(output => ServerMessages.WriteAck(output, new AckMessage { Reference = "r"u8 }))
            .Should().Be("""{"type":"ack","ref":"r"}""");
        Written(output => ServerMessages.WriteAck(output, new AckMessage { Reference = "r"u8, Id = 9, Data = "null"u8, Duplicate = true }))
            .Should().Be("""{"type":"ack","ref":"r","id":9,"data":null,"duplicate":true}""");
        Written(output => ServerMessages.WriteAck(
            output, new AckMessage { Data = "[1,2]"u8, HasSeveralArguments = true, Duplicate = true }))
            .Should().Be("""{"type":"ack","data":[1,2],"args":true,"duplicate":true}""");
    }

    [Test]
    public void Error()
    {
        Written(output => ServerMessages.WriteError(output, new ProtocolError(ErrorCode.BadJson, "a \"b\""), default))
            .Should().Be("""{"type":"error","code":"bad_json","message":"a \"b\""}""");
        Written(output => ServerMessages.WriteError(output, new ProtocolError(ErrorCode.Failed, "x"), "r"u8))
            .Should().Be("""{"type":"error","code":"failed","message":"x","ref":"r"}""");
        Written(output => ServerMessages.WriteError(output, new ProtocolError(ErrorCode.Failed, "\ud800"), default))
            .Should().Be("""{"type":"error","code":"failed","message":"�"}""");
    }

    [Test]
    public void Gap()
    {
        Written(output => ServerMessages.WriteGap(output, 1, 20, 7)).Should().Be("""{"type":"gap","from":1,"to":20,"count":7}""");
        Written(output => ServerMessages.WriteGap(output, 1, 20, null)).Should().Be("""{"type":"gap","from":1,"to":20}""");
    }

    [Test]
    public void Pong()
    {
        Written(output => ServerMessages.WritePong(output, default)).Should().Be("""{"type":"pong"}""");
        Written(output => ServerMessages.WritePong(output, "r"u8)).Should().Be("""{"type":"pong","ref":"r"}""");
    }

    [TestCase("a<b>&'/\u007f\u2028é🎉", "a<b>&'/\u007f\u2028é🎉")]
    [TestCase("\"\\\b\f\n\r\t", "\\\"\\\\\\b\\f\\n\\r\\t")]
    [TestCase("\0\u001f", "\\u0000\\u001f")]
    [TestCase("long enough for a vector, and then a \" and more behind it", "long enough for a vector, and then a \\\" and more behind it")]
    public void Names_are_escaped_only_where_JSON_demands_it(string name, string escaped) =>
        Written(output => ServerMessages.WritePong(output, Encoding.UTF8.GetBytes(name)))
            .Should().Be($$"""{"type":"pong","ref":"{{escaped}}"}""");

    [Test]
    public void The_largest_numbers_and_the_most_fields_fit_into_the_requested_buffer()
    {
        Written(output => ServerMessages.WriteEvent(output, new EventMessage
        {
            Id = long.MinValue,
            Event = "\0\0"u8,
            Data = "1"u8,
            Room = "\0"u8,
            From = "\0"u8,
            Time = long.MinValue,
            Redelivered = true,
            Reply = true,
        })).Should().EndWith("}");
        Written(output => ServerMessages.WriteWelcome(output, new WelcomeMessage
        {
            Session = "\0"u8,
            Resumed = false,
            Pending = long.MinValue,
            More = true,
            Window = int.MinValue,
            MaxBytes = int.MinValue,
            Server = "\0"u8,
            Log = "\0"u8,
        })).Should().EndWith("}");
        Presence(new PresenceMessage
        {
            Room = "\0",
            Version = long.MinValue,
            Count = int.MinValue,
            Members = [Entry("\0", "1")],
            Part = int.MaxValue,
            HasMore = true,
            Joined = [Entry("\0", "1")],
            Left = [Entry("\0", "")],
            IsCountOnly = true,
        }).Should().EndWith("}");
        Written(output => ServerMessages.WriteGap(output, long.MinValue, long.MinValue, long.MinValue)).Should().EndWith("}");
    }

    [Test]
    public void A_message_is_appended_to_what_is_already_written()
    {
        ArrayBufferWriter<byte> output = new();
        ServerMessages.WritePong(output, default);
        ServerMessages.WriteGap(output, 1, 2, 3);
        Encoding.UTF8.GetString(output.WrittenSpan).Should().Be("""{"type":"pong"}{"type":"gap","from":1,"to":2,"count":3}""");
    }

    [Test, NonParallelizable]
    public void Events_and_acks_allocate_nothing()
    {
        ArrayBufferWriter<byte> output = new(4096);
        WriteMany(output).Should().BeGreaterThanOrEqualTo(0, "that was the warm-up");
        WriteMany(output).Should().Be(0);
    }

    private static string Presence(PresenceMessage message) => Written(output => ServerMessages.WritePresence(output, message));

    private static PresenceEntry Entry(string session, string data) =>
        new(1, Encoding.UTF8.GetBytes(session), Encoding.UTF8.GetBytes(data));

    private static long WriteMany(ArrayBufferWriter<byte> output)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int round = 0; round < 200; round++)
        {
            output.ResetWrittenCount();
            ServerMessages.WriteEvent(
                output, new EventMessage { Id = round, Event = "e\n"u8, Data = "1"u8, Room = "r"u8, From = "f"u8, Time = round });
            ServerMessages.WriteAck(output, new AckMessage { Reference = "r"u8, Id = round });
        }

        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static string Written(Action<IBufferWriter<byte>> write)
    {
        ExactBuffer output = new();
        write(output);
        return output.Text;
    }
}

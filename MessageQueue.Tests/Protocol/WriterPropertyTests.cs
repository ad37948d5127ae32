using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using MessageQueue.Protocol;

namespace MessageQueue.Tests.Protocol;

/// <summary>Another JSON parser reads exactly what was written.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class WriterPropertyTests
{
    private static readonly Gen<string> OptionalName = Gen.OneOf(ProtocolGenerators.Name, Gen.Constant(""));
    private static readonly Gen<string> OptionalData = Gen.OneOf(ProtocolGenerators.Data, Gen.Constant(""));
    private static readonly Gen<long?> OptionalNumber =
        Gen.OneOf(ProtocolGenerators.Number.Select(value => (long?)value), Gen.Constant((long?)null));
    private static readonly Gen<bool> Flag = Gen.Elements(true, false);

    [Test]
    public void Events() =>
        ProtocolGenerators.Check(
            from id in OptionalNumber
            from name in ProtocolGenerators.Name
            from data in OptionalData
            from room in OptionalName
            from @from in OptionalName
            from time in ProtocolGenerators.Number
            from flags in Gen.Zip(Flag, Flag)
            select (id, name, data, room, @from, time, flags),
            value =>
            {
                ExactBuffer output = new();
                ServerMessages.WriteEvent(output, new EventMessage
                {
                    Id = value.id,
                    Event = Utf8(value.name),
                    Data = Utf8(value.data),
                    Room = Utf8(value.room),
                    From = Utf8(value.@from),
                    Time = value.time,
                    Redelivered = value.flags.Item1,
                    Reply = value.flags.Item2,
                });
                ShouldRead(
                    output,
                    ("type", "event"),
                    ("id", value.id),
                    ("event", value.name),
                    ("data", value.data.Length > 0 ? new Raw(value.data) : null),
                    ("room", value.room),
                    ("from", value.@from),
                    ("time", value.time),
                    ("redelivered", value.flags.Item1 ? true : null),
                    ("reply", value.flags.Item2 ? true : null));
            });

    [Test]
    public void Acks() =>
        ProtocolGenerators.Check(
            from reference in OptionalName
            from id in OptionalNumber
            from data in OptionalData
            from duplicate in Flag
            select (reference, id, data, duplicate),
            value =>
            {
                ExactBuffer output = new();
                ServerMessages.WriteAck(output, new AckMessage
                {
                    Reference = Utf8(value.reference),
                    Id = value.id,
                    Data = Utf8(value.data),
                    Duplicate = value.duplicate,
                });
                ShouldRead(
                    output,
                    ("type", "ack"),
                    ("ref", value.reference),
                    ("id", value.id),
                    ("data", value.data.Length > 0 ? new Raw(value.data) : null),
                    ("duplicate", value.duplicate ? true : null));
            });

    [Test]
    public void Welcomes_errors_and_pongs() =>
        ProtocolGenerators.Check(Gen.Zip(Gen.Zip(ProtocolGenerators.Name, ProtocolGenerators.Name), OptionalName), value =>
        {
            ((string first, string second), string reference) = value;
            ExactBuffer welcome = new();
            ServerMessages.WriteWelcome(welcome, new WelcomeMessage
            {
                Session = Utf8(first),
                Resumed = true,
                Pending = 3,
                Window = 4,
                MaxBytes = 5,
                Server = Utf8(second),
                Log = Utf8(first),
            });
            ShouldRead(
                welcome, ("type", "welcome"), ("session", first), ("resumed", true), ("pending", 3L), ("window", 4L), ("maxBytes", 5L),
                ("server", second), ("log", first));

            ExactBuffer error = new();
            ServerMessages.WriteError(error, new ProtocolError(first, second), Utf8(reference));
            ShouldRead(error, ("type", "error"), ("code", first), ("message", second), ("ref", reference));

            ExactBuffer pong = new();
            ServerMessages.WritePong(pong, Utf8(reference));
            ShouldRead(pong, ("type", "pong"), ("ref", reference));
        });

    /// <summary>Checks that the message has these fields in this order. Fields that are null or empty must be missing.</summary>
    private static void ShouldRead(ExactBuffer output, params (string Name, object? Value)[] fields)
    {
        using JsonDocument document = JsonDocument.Parse(output.Text);
        document.RootElement.EnumerateObject().Select(field => (field.Name, Read(field.Value, field.Name)))
            .Should().Equal(fields.Where(field => field.Value is not null and not ""));
    }

    private static object? Read(JsonElement value, string name) => value.ValueKind switch
    {
        _ when name == "data" => new Raw(value.GetRawText()),
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Number => value.GetInt64(),
        _ => value.GetBoolean(),
    };

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    private sealed record Raw(string Json);
}

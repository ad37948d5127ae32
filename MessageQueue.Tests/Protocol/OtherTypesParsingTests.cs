using MessageQueue.Protocol;

namespace MessageQueue.Tests.Protocol;

/// <summary>Join, leave, watch, unwatch, show, end and ping.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class OtherTypesParsingTests
{
    [Test]
    public void Join_and_leave_name_a_room()
    {
        ClientRequest join = Parsing.Accept("""{"type":"join","room":"lobby","id":"1"}""");
        join.Type.Should().Be(ClientRequestType.Join);
        join.Room.AsText().Should().Be("lobby");
        join.Reference.AsText().Should().Be("1");

        ClientRequest leave = Parsing.Accept("""{"type":"leave","room":"lobby"}""");
        leave.Type.Should().Be(ClientRequestType.Leave);
        leave.Room.AsText().Should().Be("lobby");
        leave.Reference.IsEmpty.Should().BeTrue();
    }

    [TestCase("watch", ClientRequestType.Watch)]
    [TestCase("unwatch", ClientRequestType.Unwatch)]
    public void Watch_and_unwatch_name_a_room(string type, object expected)
    {
        ClientRequest request = Parsing.Accept($$"""{"type":"{{type}}","room":"lobby","id":"1","data":7}""");
        request.Type.Should().Be((ClientRequestType)expected);
        request.Room.AsText().Should().Be("lobby");
        request.Reference.AsText().Should().Be("1");
        Parsing.RefuseAsBadMessage($$"""{"type":"{{type}}","id":"1"}""", "room");
        Parsing.RefuseAsBadMessage($$"""{"type":"{{type}}","room":"*"}""", "room");
    }

    [Test]
    public void Show_has_data_or_none()
    {
        ClientRequest show = Parsing.Accept("""{"type":"show","data":{"a":[1]},"id":"1","room":7}""");
        show.Type.Should().Be(ClientRequestType.Show);
        show.Data.AsText().Should().Be("""{"a":[1]}""");
        show.Reference.AsText().Should().Be("1");
        Parsing.Accept("""{"type":"show"}""").Data.IsEmpty.Should().BeTrue();
        Parsing.Accept("""{"type":"show","data":null}""").Data.AsText().Should().Be("null");
    }

    [TestCase("a@b")]
    [TestCase("~a")]
    [TestCase("a*")]
    [TestCase(" ")]
    [TestCase("räume/1.2 🎉")]
    public void A_room_may_hold_any_characters(string room) =>
        Parsing.Accept($$"""{"type":"join","room":"{{room}}"}""").Room.AsText().Should().Be(room);

    [TestCase("\"*\"")]
    [TestCase("\"\\u002a\"")]
    [TestCase("\"@bob\"")]
    [TestCase("\"\\u0040bob\"")]
    [TestCase("\"@\"")]
    [TestCase("\"\"")]
    [TestCase("null")]
    [TestCase("7")]
    [TestCase("[\"a\"]")]
    [TestCase("{}")]
    public void A_room_is_a_name_and_not_a_target(string room)
    {
        Parsing.RefuseAsBadMessage($$"""{"type":"join","room":{{room}}}""", "room");
        Parsing.RefuseAsBadMessage($$"""{"type":"leave","room":{{room}}}""", "room");
    }

    [Test]
    public void A_room_must_be_there() => Parsing.RefuseAsBadMessage("""{"type":"join","id":"1"}""", "room");

    [Test]
    public void End_and_ping_need_no_fields()
    {
        Parsing.Accept("""{"type":"end"}""").Type.Should().Be(ClientRequestType.End);
        Parsing.Accept("""{"type":"ping"}""").Type.Should().Be(ClientRequestType.Ping);
        Parsing.Accept("""{"type":"end","id":"e"}""").Reference.AsText().Should().Be("e");
        Parsing.Accept("""{"type":"ping","id":"p","event":7,"room":"*"}""").Reference.AsText().Should().Be("p");
    }
}

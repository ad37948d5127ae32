using MessageQueue.Protocol;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;

namespace MessageQueue.Tests.Protocol;

[Parallelizable(ParallelScope.All)]
internal sealed class ConnectionParametersTests
{
    [Test]
    public void All_parameters_are_optional()
    {
        ConnectionParameters parameters = Accept("");
        parameters.Should().BeEquivalentTo(new ConnectionParameters());
        (parameters.Namespace, parameters.Session, parameters.IsAnonymousResume, parameters.Token).Should().Be(("/", null, false, null));
        (parameters.Window, parameters.AcknowledgesAutomatically, parameters.IsShared, parameters.From, parameters.IsFromAll)
            .Should().Be((null, false, false, null, false));
    }

    [Test]
    public void All_parameters_are_read()
    {
        ConnectionParameters parameters = Accept("session=bob&room=a&room=b%20c&token=t&window=10&ack=auto&mode=shared&from=7", "/chat/");
        parameters.Namespace.Should().Be("/chat");
        parameters.Session.Should().Be("bob");
        parameters.Rooms.Should().Equal("a", "b c");
        parameters.Token.Should().Be("t");
        parameters.Window.Should().Be(10);
        parameters.AcknowledgesAutomatically.Should().BeTrue();
        parameters.IsShared.Should().BeTrue();
        parameters.From.Should().Be(7);
        parameters.IsFromAll.Should().BeFalse();
    }

    [TestCase("bob", false)]
    [TestCase("b~", false)]
    [TestCase("@bob", false)]
    [TestCase("~0123456789abcdef", true)]
    public void A_session_with_the_prefix_can_only_be_resumed(string session, bool resume)
    {
        ConnectionParameters parameters = Accept("session=" + session);
        parameters.Session.Should().Be(session);
        parameters.IsAnonymousResume.Should().Be(resume);
    }

    [Test]
    public void A_room_named_twice_is_joined_once() => Accept("room=b&room=a&room=b").Rooms.Should().Equal("b", "a");

    [TestCase("ack=manual&mode=exclusive")]
    [TestCase("token=")]
    [TestCase("EIO=4&transport=websocket&sessions=a&sessions=b")]
    public void Default_values_and_unknown_parameters_change_nothing(string query) =>
        Accept(query).Should().BeEquivalentTo(new ConnectionParameters());

    [TestCase("Room=a&room=b")]
    [TestCase("ROOM=a&ROOM=b")]
    public void Names_of_parameters_are_compared_without_case(string query) => Accept(query).Rooms.Should().Equal("a", "b");

    [TestCase("1", 1)]
    [TestCase("0010", 10)]
    [TestCase("2147483648", int.MaxValue)]
    [TestCase("99999999999999999999999", int.MaxValue)]
    public void A_window_may_have_any_size(string window, int expected) => Accept("window=" + window).Window.Should().Be(expected);

    [TestCase("0", 0)]
    [TestCase("9007199254740991", 9007199254740991)]
    public void From_may_be_a_number(string from, long expected) => Accept("from=" + from).From.Should().Be(expected);

    [TestCase("last:1", 1)]
    [TestCase("last:1000", 1000)]
    public void From_may_be_the_last_N_events(string from, int expected)
    {
        ConnectionParameters parameters = Accept("from=" + from);

        (parameters.FromLast, parameters.From, parameters.IsFromAll).Should().Be((expected, null, false));
    }

    [Test]
    public void From_may_be_all()
    {
        Accept("from=all").IsFromAll.Should().BeTrue();
        Accept("from=all").From.Should().BeNull();
    }

    [TestCase("session=", "session has")]
    [TestCase("session=a&session=a", "session may be given only once")]
    [TestCase("session=a&Session=b", "session may be given only once")]
    [TestCase("room=", "room has")]
    [TestCase("room=a&room=*", "room has")]
    [TestCase("room=@bob", "room has")]
    [TestCase("token=a&token=b", "token may be given only once")]
    [TestCase("window=", "window has")]
    [TestCase("window=0", "window has")]
    [TestCase("window=-1", "window has")]
    [TestCase("window=1.5", "window has")]
    [TestCase("window=1e3", "window has")]
    [TestCase("window=%201", "window has")]
    [TestCase("window=١", "window has")]
    [TestCase("window=1&window=1", "window may be given only once")]
    [TestCase("ack=", "ack has to be manual or auto")]
    [TestCase("ack=AUTO", "ack has to be manual or auto")]
    [TestCase("ack=auto&ack=auto", "ack may be given only once")]
    [TestCase("mode=x", "mode has to be exclusive or shared")]
    [TestCase("from=", "from has")]
    [TestCase("from=ALL", "from has")]
    [TestCase("from=last", "from has")]
    [TestCase("from=last:", "from has")]
    [TestCase("from=last:0", "from has")]
    [TestCase("from=last:1001", "from has")]
    [TestCase("from=LAST:5", "from has")]
    [TestCase("from=-1", "from has")]
    [TestCase("from=9007199254740992", "from has")]
    [TestCase("from=99999999999999999999", "from has")]
    [TestCase("from=1&from=all", "from may be given only once")]
    public void Other_values_are_refused_with_a_reason_that_fits_a_close_frame(string query, string reason)
    {
        ConnectionParameters.TryParse("/", Query(query), out ConnectionParameters parameters, out string? error).Should().BeFalse();
        error.Should().StartWith(reason);
        error!.Length.Should().BeLessThanOrEqualTo(123);
        error.Should().MatchRegex("^[ -~]+$", "every character is then a byte");
        parameters.Should().BeEquivalentTo(new ConnectionParameters());
    }

    [Test]
    public void Names_are_at_most_128_characters()
    {
        string longest = string.Concat(Enumerable.Repeat("é", 128));
        Accept($"session={longest}&room={longest}").Session.Should().Be(longest);
        ConnectionParameters.TryParse("/", Query($"session={longest}a"), out _, out string? error).Should().BeFalse();
        error.Should().Contain("128");
        ConnectionParameters.TryParse("/", Query($"room={longest}a"), out _, out error).Should().BeFalse();
        error.Should().Contain("128");
    }

    [Test]
    public void A_bad_path_is_refused()
    {
        ConnectionParameters.TryParse("/socket.io", Query("session=a"), out _, out string? error).Should().BeFalse();
        error.Should().Contain("reserved");
    }

    [Test]
    public void Names_may_come_as_pairs_that_repeat()
    {
        KeyValuePair<string, StringValues>[] pairs = [new("room", "a"), new("ack", "auto"), new("room", new(["b", null, "c"]))];
        ConnectionParameters.TryParse("/", pairs, out _, out string? error).Should().BeFalse();
        error.Should().StartWith("room has");
        pairs[2] = new("room", new(["b", "c"]));
        ConnectionParameters.TryParse("/", pairs, out ConnectionParameters parameters, out _).Should().BeTrue();
        parameters.Rooms.Should().Equal("a", "b", "c");
    }

    private static ConnectionParameters Accept(string query, string path = "/")
    {
        ConnectionParameters.TryParse(path, Query(query), out ConnectionParameters parameters, out string? error).Should().BeTrue();
        error.Should().BeNull();
        return parameters;
    }

    private static QueryCollection Query(string query) => new(QueryHelpers.ParseQuery(query));
}

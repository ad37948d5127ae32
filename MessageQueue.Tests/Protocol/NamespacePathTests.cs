using MessageQueue.Protocol;

namespace MessageQueue.Tests.Protocol;

[Parallelizable(ParallelScope.All)]
internal sealed class NamespacePathTests
{
    [TestCase("", "/")]
    [TestCase("/", "/")]
    [TestCase("//", "/")]
    [TestCase("/chat", "/chat")]
    [TestCase("/chat/", "/chat")]
    [TestCase("/Chat", "/Chat")]
    [TestCase("/chat/de", "/chat/de")]
    [TestCase("/a//b", "/a//b")]
    [TestCase("/räume 🎉", "/räume 🎉")]
    [TestCase("/socket.iox", "/socket.iox")]
    [TestCase("/Socket.IO", "/Socket.IO")]
    [TestCase("/a/socket.io", "/a/socket.io")]
    [TestCase("/-a", "/-a")]
    [TestCase("/a/-", "/a/-")]
    public void The_path_is_the_namespace(string path, string expected)
    {
        NamespacePath.TryParse(path, out string name, out string? error).Should().BeTrue();
        name.Should().Be(expected);
        error.Should().BeNull();
    }

    [TestCase("/socket.io", "reserved")]
    [TestCase("/socket.io/", "reserved")]
    [TestCase("/socket.io/x", "reserved")]
    [TestCase("/-", "reserved")]
    [TestCase("/-/sessions", "reserved")]
    [TestCase("chat", "slash")]
    public void Some_paths_are_not_namespaces(string path, string fault)
    {
        NamespacePath.TryParse(path, out string name, out string? error).Should().BeFalse();
        name.Should().Be("/");
        error.Should().Contain(fault);
        error!.Length.Should().BeLessThanOrEqualTo(123);
    }

    [Test]
    public void A_lone_surrogate_is_not_a_character()
    {
        NamespacePath.TryParse("/\ud800", out _, out string? error).Should().BeFalse();
        error.Should().Contain("Unicode");
    }

    [Test]
    public void A_namespace_has_at_most_255_characters_with_its_slash()
    {
        string longest = "/" + string.Concat(Enumerable.Repeat("🎉", 254));
        NamespacePath.TryParse(longest + "/", out string name, out _).Should().BeTrue();
        name.Should().Be(longest);
        NamespacePath.TryParse(longest + "a", out _, out string? error).Should().BeFalse();
        error.Should().Contain("255");
    }
}

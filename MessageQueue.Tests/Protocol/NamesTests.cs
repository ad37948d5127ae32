using System.Text;
using MessageQueue.Protocol;

namespace MessageQueue.Tests.Protocol;

[Parallelizable(ParallelScope.All)]
internal sealed class NamesTests
{
    //                       room   session event target
    [TestCase("a", true, true, true, true)]
    [TestCase("~a", true, true, true, true)]
    [TestCase("**", true, true, true, true)]
    [TestCase("a@b *\n\0", true, true, true, true)]
    [TestCase("*", false, true, true, true)]
    [TestCase("@a", false, true, true, true)]
    [TestCase("@", false, true, true, false)]
    [TestCase("", false, false, false, false)]
    public void Names_follow_the_documented_rules(string name, bool room, bool session, bool happening, bool target)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(name);
        Names.IsValidRoom(name).Should().Be(room);
        Names.IsValidRoom(utf8).Should().Be(room);
        Names.IsValidSession(name).Should().Be(session);
        Names.IsValidSession(utf8).Should().Be(session);
        Names.IsValidEvent(name).Should().Be(happening);
        Names.IsValidEvent(utf8).Should().Be(happening);
        Names.IsValidTarget(name).Should().Be(target);
        Names.IsValidTarget(utf8).Should().Be(target);
    }

    [TestCase("a")]
    [TestCase("é")]
    [TestCase("€")]
    [TestCase("🎉")]
    public void Length_is_counted_in_code_points(string character)
    {
        string longest = string.Concat(Enumerable.Repeat(character, Names.MaxNameCharacters));
        foreach (string name in new[] { longest, "@" + longest, longest + character, "@" + longest + character })
        {
            int characters = name.EnumerateRunes().Count();
            byte[] utf8 = Encoding.UTF8.GetBytes(name);
            Names.IsValidEvent(name).Should().Be(characters <= 128);
            Names.IsValidEvent(utf8).Should().Be(characters <= 128);
            Names.IsValidTarget(name).Should().Be(characters <= (name[0] == '@' ? 129 : 128));
            Names.IsValidTarget(utf8).Should().Be(characters <= (name[0] == '@' ? 129 : 128));
        }
    }

    [Test]
    public void Lone_surrogates_are_not_characters()
    {
        // Not test cases: attributes are stored as UTF-8, which cannot represent lone surrogates.
        foreach (string name in new[] { "\ud800", "a\udc00", "\udc00\ud800", "\ud800a" })
        {
            Names.IsValidRoom(name).Should().BeFalse();
            Names.IsValidSession(name).Should().BeFalse();
            Names.IsValidTarget("@" + name).Should().BeFalse();
        }
    }

    [TestCase(new byte[] { 0xFF })]
    [TestCase(new byte[] { 0xC0, 0x80 })]
    [TestCase(new byte[] { 0xED, 0xA0, 0x80 })]
    [TestCase(new byte[] { 0x61, 0xE2, 0x82 })]
    public void Bytes_that_are_not_UTF8_are_not_a_name(byte[] name) => Names.IsValidEvent(name).Should().BeFalse();

    [Test]
    public void A_name_made_by_the_server_is_recognised_by_its_prefix()
    {
        Names.IsAnonymous("~a").Should().BeTrue();
        Names.IsAnonymous("~a"u8).Should().BeTrue();
        Names.IsAnonymous("a~").Should().BeFalse();
        Names.IsAnonymous(""u8).Should().BeFalse();
    }
}

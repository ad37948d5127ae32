using System.Security.Claims;
using MessageQueue.Connections;
using MessageQueue.Protocol;
using MessageQueue.Tokens;

namespace MessageQueue.Tests.Tokens;

/// <summary>Sessions and names that a token allows.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class TokenGrantTests
{
    [TestCase("lobby", "lobby", true)]
    [TestCase("lobby", "Lobby", false)]
    [TestCase("lobby", "lobby2", false)]
    [TestCase("team-*", "team-7", true)]
    [TestCase("team-*", "team-", true)]
    [TestCase("team-*", "team", false)]
    [TestCase("a*c", "abc", false)]
    [TestCase("a*c", "a*c", true)]
    [TestCase("*", "lobby", true)]
    [TestCase("*", "*", true)]
    [TestCase("*", "@bob", false)]
    [TestCase("@*", "@bob", true)]
    [TestCase("@b*", "@bob", true)]
    [TestCase("@bob", "@bob", true)]
    [TestCase("@*", "lobby", false)]
    [TestCase("*", "dead:bob", false)]
    [TestCase("d*", "dead:bob", false)]
    [TestCase("dead:*", "dead:bob", true)]
    [TestCase("dead:bob", "dead:bob", true)]
    [TestCase("dead*", "deadline", true)]
    [TestCase("é*", "ete", false)]
    [TestCase("é*", "étage", true)]
    public void A_name_is_allowed_as_it_is_or_by_its_beginning(string pattern, string name, bool expected) =>
        NamePatterns.Of("other", pattern).AllowsTarget(System.Text.Encoding.UTF8.GetBytes(name)).Should().Be(expected);

    // Each row: the claim session ("," between entries, "-" for none), the session that the client names ("" for none).
    [TestCase("ann", "ann", true)]
    [TestCase("ann", "bob", false)]
    [TestCase("ann", "", true)]
    [TestCase("ann", "~AbC", false)]
    [TestCase("ann:*", "ann:phone", true)]
    [TestCase("ann:*", "ann", false)]
    [TestCase("ann:*", "", true)]
    [TestCase("ann:*", "~AbC", true)]
    [TestCase("ann,bob", "bob", true)]
    [TestCase("ann,bob", "", true)]
    [TestCase("*", "anybody", true)]
    [TestCase("-", "ann", false)]
    [TestCase("-", "", true)]
    [TestCase("-", "~AbC", true)]
    [TestCase("~AbC", "", false)]
    public void A_token_says_which_sessions_a_client_may_be(string claim, string session, bool expected)
    {
        TokenGrant grant = Grant(claim);

        (grant.FindRefusal("/", session.Length > 0 ? session : grant.OnlySession) is null).Should().Be(expected);
    }

    [TestCase("ann", "", true)]
    [TestCase("ann:*", "", false)]
    [TestCase("ann:*", "ann:phone", true)]
    [TestCase("ann:*", "bob", false)]
    [TestCase("*", "", true)]
    [TestCase("-", "", true)]
    public void Events_without_a_sender_can_be_published_only_by_a_token_for_any_session_or_none(
        string claim, string session, bool expected)
    {
        TokenGrant grant = Grant(claim);

        (grant.FindPublishRefusal("/", session.Length > 0 ? session : grant.OnlySession) is null).Should().Be(expected);
    }

    [Test]
    public void A_subject_that_is_no_name_of_a_session_is_none() =>
        Grant(new string('a', 129)).FindRefusal("/", new string('a', 129)).Should().Be(TokenError.WrongSession);

    [Test]
    public void Checking_a_message_allocates_nothing()
    {
        TokenGrant grant = Grant("ann");
        ClientRequest request = new() { Type = ClientRequestType.Emit };
        request.To.Add("lobby"u8.ToArray());
        request.To.Add("team-7"u8.ToArray());
        ClientPermissions.FindRefusal(grant, request).Should().BeNull();

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
        {
            ClientPermissions.FindRefusal(grant, request);
        }

        (GC.GetAllocatedBytesForCurrentThread() - before).Should().Be(0);
    }

    private static TokenGrant Grant(string sessions) => new()
    {
        User = new ClaimsPrincipal(),
        Expires = DateTimeOffset.MaxValue,
        Sessions = sessions == "-" ? null : NamePatterns.Of(sessions.Split(',')),
        Namespaces = NamePatterns.OfName("/"),
        Join = NamePatterns.None,
        Watch = NamePatterns.None,
        Emit = NamePatterns.Of("lobby", "team-*"),
    };
}

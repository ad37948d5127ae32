using MessageQueue.Host;
using MessageQueue.Host.Settings;

namespace MessageQueue.Tests.ConsoleHost;

internal sealed class BannerTests
{
    [Test]
    public void The_banner_says_where_the_server_listens_and_stores_and_how_to_try_it()
    {
        HostSettings settings = new() { Server = { DataDirectory = "/srv/queue", Durability = Durability.Os } };

        Banner.Lines("http://127.0.0.1:41234", settings).Should().Equal(
            "Listening on http://127.0.0.1:41234",
            "Storing in /srv/queue (os)",
            "Open it: http://127.0.0.1:41234/",
            "Try it: npx wscat -c 'ws://127.0.0.1:41234/?session=me&room=lobby'");
    }

    [Test]
    public void The_banner_never_shows_the_token() =>
        string.Join('\n', Banner.Lines("http://0.0.0.0:80", new HostSettings { Token = "s3cret" }))
            .Should().NotContain("s3cret").And.EndWith("'ws://127.0.0.1:80/?session=me&room=lobby&token=TOKEN'");

    [Test]
    public void The_banner_names_the_page_only_if_there_is_one() =>
        Banner.Lines("http://127.0.0.1:1", new HostSettings { NoPage = true }).Should().NotContain(line => line.Contains("Open it"));

    [Test]
    public void The_banner_says_when_nothing_is_stored_on_disk() =>
        Banner.Lines("http://127.0.0.1:1", new HostSettings { Server = { Durability = Durability.Memory } })
            .Should().Contain("Storing in memory, nothing on disk (memory)");
}

using System.Diagnostics;
using System.Text.Json;
using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;
using MessageQueue.Tests.SocketIO.EndToEnd;
using Microsoft.Playwright;

namespace MessageQueue.Tests.Page;

/// <summary>What people do on the page.</summary>
internal sealed class ConversationTests : PageTests
{
    private TestServer _server = null!;

    [SetUp]
    public async Task SetUp() => _server = await ServeAsync();

    [TearDown]
    public async Task TearDown() => await _server.DisposeAsync();

    [Test]
    public async Task Two_pages_talk()
    {
        ChatTab ann = await ComeAsync(_server.Url, "Ann");
        ChatTab bob = await ComeAsync(_server.Url, "Bob");

        await ann.SayAsync("Hello Bob");
        await bob.ShouldHaveAsync("Hello Bob");
        await bob.SayAsync("Hello Ann");

        await ann.ShouldHaveAsync("Hello Bob", "Hello Ann");
        await ann.ShouldBeAsync("Hello Bob", "seen by Bob");
        await bob.ShouldBeAsync("Hello Ann", "seen by Ann");
        await ChatTab.ShouldShowAsync(ann.Message("Hello Ann").GetByText("Bob", new() { Exact = true }));
    }

    [Test]
    public async Task It_shows_who_is_here()
    {
        ChatTab ann = await ComeAsync(_server.Url, "Ann");
        ILocator people = ann.Page.GetByRole(AriaRole.Complementary, new() { Name = "Who is here" });
        await ChatTab.ShouldShowAsync(people.GetByText("Here now: 1"));

        ChatTab bob = await ComeAsync(_server.Url, "Bob");
        await ChatTab.ShouldShowAsync(people.GetByText("Bob", new() { Exact = true }));
        ILocator name = bob.Page.GetByRole(AriaRole.Navigation).GetByLabel("Your name");
        await name.FillAsync("Robert");
        await name.PressAsync("Enter");

        await ChatTab.ShouldShowAsync(people.GetByText("Robert", new() { Exact = true }));
        await ChatTab.ShouldShowAsync(people.GetByText("Here now: 2"));
    }

    [Test]
    public async Task A_message_is_stored_where_nobody_else_is()
    {
        ChatTab ann = await ComeAsync(_server.Url, "Ann");

        await ann.SayAsync("Is anybody there?");

        await ann.ShouldBeAsync("Is anybody there?", "stored");
    }

    [Test]
    public async Task A_refused_message_says_why_and_can_be_sent_again()
    {
        bool isAllowed = false;
        await using TestServer server = await ServeAsync(options => options.AuthorizeEmit = _ => new(isAllowed));
        ChatTab ann = await ComeAsync(server.Url, "Ann");
        await ann.SayAsync("Not yet");
        await ChatTab.ShouldShowAsync(ann.Message("Not yet").GetByText("not sent:"));

        isAllowed = true;
        await ann.Page.GetByRole(AriaRole.Button, new() { Name = "Send again" }).ClickAsync();

        await ann.ShouldBeAsync("Not yet", "stored");
    }

    [Test]
    public async Task Rooms_are_joined_and_left()
    {
        ChatTab ann = await ComeAsync(_server.Url, "Ann");
        await using EventClient bob = await _server.ConnectAsync("session=bob");
        await ann.Page.GetByLabel("Join a room").FillAsync("harbour");
        await ann.Page.GetByRole(AriaRole.Button, new() { Name = "Join" }).ClickAsync();
        ILocator heading = ann.Page.GetByRole(AriaRole.Heading, new() { Name = "harbour" });
        await ChatTab.ShouldShowAsync(heading);
        await ShouldHaveMembersAsync("harbour", 1);

        await bob.EmitAsync("lobby", "message", new { text = "In the lobby", name = "Bob" });
        ILocator lobby = ann.Page.GetByRole(AriaRole.Button, new() { Name = "lobby 1 unread" });
        await ChatTab.ShouldShowAsync(lobby);
        await ann.Page.GetByRole(AriaRole.Button, new() { Name = "Leave harbour" }).ClickAsync();

        await ann.ShouldHaveAsync("In the lobby");
        await ShouldHaveMembersAsync("harbour", 0);
    }

    [Test]
    public async Task Another_namespace_is_another_place_and_what_came_meanwhile_waits()
    {
        ChatTab ann = await ComeAsync(_server.Url, "Ann");
        await ann.SayAsync("first");
        await ann.ShouldBeAsync("first", "stored");
        await EnterAsync(ann, "team");
        await ChatTab.ShouldShowAsync(ann.Page.GetByText("Namespace /team"));
        await ann.ConnectedAsync();
        await ann.ShouldHaveAsync();
        await using EventClient bob = await _server.ConnectAsync("session=bob");
        await bob.EmitAsync("lobby", "message", new { text = "second", name = "Bob" });

        await EnterAsync(ann, "/");

        await ann.ShouldHaveAsync("first", "second");
        await ChatTab.ShouldShowAsync(ann.Page.GetByText("1 message while you were away").First);
    }

    [Test]
    public async Task Any_client_takes_part()
    {
        await using EventClient bob = await _server.ConnectAsync("session=bob&room=lobby");
        ChatTab ann = await ComeAsync(_server.Url, "Ann");

        await bob.EmitAsync("lobby", "message", new { text = "From a terminal", name = "Bob" });
        await bob.EmitAsync("lobby", "order", new { total = 3 });
        await ann.ShouldHaveAsync("From a terminal", """order{"total":3}""");
        await bob.IdsSoFarAsync();
        await ann.SayAsync("Hello");

        JsonElement got = await bob.NextAsync("event");
        got.GetProperty("event").GetString().Should().Be("message");
        got.GetProperty("data").GetProperty("text").GetString().Should().Be("Hello");
        got.GetProperty("data").GetProperty("name").GetString().Should().Be("Ann");
    }

    [Test]
    public async Task A_stock_client_of_Socket_IO_takes_part()
    {
        Requires.NodePackage("socket.io-client");
        await using TestServer server = await ServeAsync(options => options.UseSocketIO(socketIO => socketIO.RoomEvents = true));
        await using NodePage page = NodePage.Open();
        NodeClient bob = await page.ConnectAsync(server.Url);
        await bob.AskAsync("mq:join", "lobby");
        ChatTab ann = await ComeAsync(server.Url, "Ann");

        await bob.AskAsync("mq:emit", "lobby", "message", new { text = "From Socket.IO", name = "Bob" });
        await ann.ShouldHaveAsync("From Socket.IO");
        await bob.EventAsync();
        await ann.SayAsync("Hello");

        JsonElement got = await bob.EventAsync();
        got.GetProperty("event").GetString().Should().Be("message");
        NodeClient.Args(got)[0].GetProperty("text").GetString().Should().Be("Hello");
        await ann.ShouldBeAsync("Hello", "stored");
    }

    [Test]
    public async Task Text_is_never_HTML()
    {
        const string Text = "<img src=x onerror=\"document.title='broken'\"><b>bold</b>";
        string shown = Uri.EscapeDataString("""{"name":"<b>Bob</b>"}""");
        await using EventClient bob = await _server.ConnectAsync($"session=bob&room=lobby&show={shown}");
        ChatTab ann = await ComeAsync(_server.Url, "Ann");
        await bob.EmitAsync("lobby", "message", new { text = Text, name = "<i>Bob</i>" });

        await ann.ShouldHaveAsync(Text);

        await ChatTab.ShouldShowAsync(ann.Page.Locator("#messages").GetByText("<i>Bob</i>"));
        await ChatTab.ShouldShowAsync(ann.Page.Locator("#people").GetByText("<b>Bob</b>"));
        (await ann.Page.Locator("#messages :is(img, b, i), #people :is(b, i)").CountAsync()).Should().Be(0);
    }

    [TestCase("\"only a text\"", "only a text")]
    [TestCase("{\"text\":{\"a\":1}}", "{\"a\":1}")]
    [TestCase("null", "null")]
    [TestCase("[1,2]", "[1,2]")]
    public async Task Data_of_another_shape_is_shown_too(string data, string shown)
    {
        await using EventClient bob = await _server.ConnectAsync("session=bob&room=lobby");
        ChatTab ann = await ComeAsync(_server.Url, "Ann");

        await bob.EmitAsync("lobby", "message", JsonSerializer.Deserialize<JsonElement>(data));

        await ann.ShouldHaveAsync(shown);
    }

    [Test]
    public async Task It_is_used_by_keyboard_only()
    {
        ChatTab ann = Keep(await ChatTab.OpenAsync(await NewProfileAsync(), _server.Url));
        await ChatTab.ShouldShowAsync(ann.Page.GetByRole(AriaRole.Dialog));
        await ann.Page.Keyboard.TypeAsync("Ann");
        await ann.Page.Keyboard.PressAsync("Enter");
        await ChatTab.ShouldHaveFocusAsync(ann.Field);
        await ann.ConnectedAsync();
        await ann.Page.Keyboard.TypeAsync("one line");
        await ann.Page.Keyboard.PressAsync("Shift+Enter");
        await ann.Page.Keyboard.TypeAsync("two lines");
        await ann.Page.Keyboard.PressAsync("Enter");
        await ann.ShouldBeAsync("one line\ntwo lines", "stored");

        await TabToAsync(ann, "online", "Shift+Tab");
        await ann.Page.Keyboard.PressAsync("Space");
        await ann.ShouldSayAsync("Offline.");
        await ann.Page.Keyboard.PressAsync("Space");
        await ann.ConnectedAsync();
        await TabToAsync(ann, "join-room", "Shift+Tab");
        await ann.Page.Keyboard.TypeAsync("harbour");
        await ann.Page.Keyboard.PressAsync("Enter");

        await ChatTab.ShouldShowAsync(ann.Page.GetByRole(AriaRole.Heading, new() { Name = "harbour" }));
        await ChatTab.ShouldHaveFocusAsync(ann.Field);
    }

    [Test]
    public async Task On_a_phone_the_panels_open_and_close_by_keyboard()
    {
        ChatTab ann = await ComeAsync(_server.Url, "Ann");
        await ann.Page.SetViewportSizeAsync(390, 844);
        ILocator opener = ann.Page.GetByRole(AriaRole.Button, new() { Name = "Rooms", Exact = true });
        await opener.FocusAsync();
        await ann.Page.Keyboard.PressAsync("Enter");
        await ChatTab.ShouldShowAsync(ann.Page.GetByRole(AriaRole.Navigation));
        await ChatTab.ShouldHaveFocusAsync(ann.Page.GetByRole(AriaRole.Button, new() { Name = "Close the rooms" }));

        await ann.Page.Keyboard.PressAsync("Escape");

        await ChatTab.ShouldHaveFocusAsync(opener);
        await ChatTab.ShouldNotShowAsync(ann.Page.Locator("#rooms-panel"));
        (await ann.Page.EvaluateAsync<bool>("() => document.documentElement.scrollWidth <= innerWidth")).Should().BeTrue();
    }

    [Test]
    public async Task The_newest_message_stays_in_sight_when_the_window_changes()
    {
        await using EventClient bob = await _server.ConnectAsync("session=bob&room=lobby");
        ChatTab ann = await ComeAsync(_server.Url, "Ann");
        await bob.EmitManyAsync("lobby", 30);
        ILocator newest = ann.Texts.Filter(new() { HasText = "test29" });
        await Assertions.Expect(newest).ToBeInViewportAsync();

        await ann.Page.SetViewportSizeAsync(390, 600);
        await Assertions.Expect(newest).ToBeInViewportAsync();

        await ann.Page.Locator("#scroller").HoverAsync();
        await ann.Page.Mouse.WheelAsync(0, -500);
        await Assertions.Expect(newest).Not.ToBeInViewportAsync();
        await bob.EmitAsync("lobby", "message", new { text = "while she reads older ones", name = "Bob" });
        await ann.Page.GetByRole(AriaRole.Button, new() { Name = "Newest messages" }).ClickAsync();
        await Assertions.Expect(ann.Page.Locator("#messages").GetByText("while she reads older ones")).ToBeInViewportAsync();
    }

    [Test]
    public async Task What_can_be_pressed_is_large_enough()
    {
        ChatTab ann = await ComeAsync(_server.Url, "Ann");

        string[] small = await ann.Page.EvaluateAsync<string[]>("""
            () => [...document.querySelectorAll("button, input, textarea")]
              .filter(node => node.checkVisibility() && (node.offsetHeight < 44 || node.offsetWidth < 44))
              .map(node => node.id || node.textContent)
            """);

        small.Should().BeEmpty();
    }

    [Test]
    public async Task Everything_that_can_be_used_has_a_name_for_those_who_hear_the_page()
    {
        ChatTab ann = await ComeAsync(_server.Url, "Ann");

        string[] nameless = await ann.Page.EvaluateAsync<string[]>("""
            () => [...document.querySelectorAll("button, input, textarea, nav, aside, section, dialog, [role=region]")]
              .filter(node => !node.getAttribute("aria-label") && !node.getAttribute("aria-labelledby") && !node.labels?.length
                && !(node.tagName === "BUTTON" && node.textContent.trim()) && !node.hidden)
              .map(node => node.id)
            """);

        nameless.Should().BeEmpty();
    }

    [Test]
    public async Task What_others_send_is_bounded()
    {
        await using EventClient bob = await _server.ConnectAsync("session=bob&room=lobby");
        ChatTab ann = await ComeAsync(_server.Url, "Ann");
        await bob.EmitAsync("lobby", "message", new { text = new string('x', 10_000), name = new string('y', 1_000) });
        await ChatTab.ShouldShowAsync(ann.Page.Locator("#messages").GetByText("(6,000 more characters)"));
        (await ann.Page.Locator("#messages strong").TextContentAsync()).Should().HaveLength(40);

        await bob.EmitManyAsync("lobby", 400);

        await ChatTab.ShouldShowAsync(ann.Texts.Filter(new() { HasText = "test399" }));
        (await ann.Texts.CountAsync()).Should().Be(300);
        await ann.Page.ReloadAsync();
        await ChatTab.ShouldShowAsync(ann.Texts.Filter(new() { HasText = "test399" }));
        (await ann.Texts.CountAsync()).Should().Be(300);
    }

    private static async Task EnterAsync(ChatTab tab, string ns)
    {
        await tab.Page.GetByLabel("Namespace").FillAsync(ns);
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Enter" }).ClickAsync();
    }

    private async Task ShouldHaveMembersAsync(string room, int count)
    {
        long start = Stopwatch.GetTimestamp();
        while (await _server.Server.Of("/").CountAsync(room) != count)
        {
            Stopwatch.GetElapsedTime(start).Should().BeLessThan(Timeouts.Limit);
            await Task.Yield();
        }
    }

    private static async Task TabToAsync(ChatTab tab, string id, string key)
    {
        int presses = 0;
        while (await tab.Page.EvaluateAsync<string>("() => document.activeElement.id") != id)
        {
            (++presses).Should().BeLessThan(40, $"the keyboard should get to {id}");
            await tab.Page.Keyboard.PressAsync(key);
        }
    }
}

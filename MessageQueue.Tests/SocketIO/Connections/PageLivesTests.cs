using MessageQueue.SocketIO.Connections;

namespace MessageQueue.Tests.SocketIO.Connections;

[Parallelizable(ParallelScope.All)]
internal sealed class PageLivesTests
{
    [Test]
    public void A_limited_number_of_pages_is_remembered()
    {
        PageLives pages = new();
        PageLife connected = pages.Add(new PageLife("connected"));
        for (int i = 0; i < 20_000; i++)
        {
            pages.Remove(pages.Add(new PageLife($"{i}")));
        }

        pages.Count.Should().Be(10_001);
        pages.Find("connected").Should().Be(connected);
        pages.Find("19999").Should().NotBeNull();
        pages.Find("0").Should().BeNull();
    }

    [Test]
    public void A_page_that_came_back_is_not_forgotten_for_having_been_gone()
    {
        PageLives pages = new();
        PageLife page = pages.Add(new PageLife("page"));
        pages.Remove(page);
        pages.Add(page).Should().Be(page);
        for (int i = 0; i < 20_000; i++)
        {
            pages.Remove(pages.Add(new PageLife($"{i}")));
        }

        pages.Find("page").Should().Be(page);
    }

    [Test]
    public void Events_that_were_sent_side_by_side_are_no_repetitions()
    {
        PageLife page = new("page");
        page.Recognise(1, content: 5, isFirst: false);
        page.Recognise(2, content: 6, isFirst: false);

        page.Recognise(3, content: 6, isFirst: true).Should().Be(3, "a client that repeats waits for the answer before it goes on");
    }

    [TestCase(3, 5UL, 3, TestName = "An_event_with_a_later_id_is_no_repetition")]
    [TestCase(2, 6UL, 2, TestName = "An_event_with_other_content_is_no_repetition")]
    [TestCase(2, 5UL, 1, TestName = "The_next_event_with_the_same_content_is_a_repetition")]
    public void A_repetition_is_recognised(long id, ulong content, long expected)
    {
        PageLife page = new("page");
        page.Recognise(1, content: 5, isFirst: false);

        page.Recognise(id, content, isFirst: true).Should().Be(expected);
    }

    [Test]
    public void A_repetition_of_a_repetition_is_recognised()
    {
        PageLife page = new("page");
        page.Recognise(1, content: 5, isFirst: false);
        page.Recognise(2, content: 5, isFirst: true).Should().Be(1);

        page.Recognise(3, content: 5, isFirst: true).Should().Be(1);
    }
}

using MessageQueue.Client;
using MessageQueue.Client.Emitting;
using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Clients.DotNet;

/// <summary>Emits that are kept on disk.</summary>
internal sealed class OutboxFileTests : ClientFixture
{
    private TemporaryDirectory _directory = null!;

    private string Outbox => _directory.Combine("outbox");

    [SetUp]
    public void CreateDirectory() => _directory = new TemporaryDirectory();

    [TearDown]
    public void DeleteDirectory() => _directory.Dispose();

    [Test]
    public async Task Outbox_on_disk()
    {
        await using EventClient bob = await Server.ConnectAsync("session=bob&room=lobby&window=8000");
        Proxy.Refuses = true;

        // Killed with all its emits made while there was no server, and then in the middle of sending them.
        await using (ChildProcess first = EmittingProcess.Start(Proxy.Url, Outbox, 0, 2000))
        {
            await first.Output.NextAsync(line => line == EmittingProcess.Stored, "that the emits are in the file");
            first.Kill();
        }

        Proxy.Refuses = false;
        await using (ChildProcess second = EmittingProcess.Start(Proxy.Url, Outbox, 2000, 1000))
        {
            await second.Output.NextAsync(line => line == "answered 2100", "that some emits are answered");
            second.Kill();
        }

        await using (ChildProcess third = EmittingProcess.Start(Proxy.Url, Outbox, 3000, 1))
        {
            await third.Output.NextAsync(line => line == EmittingProcess.Done, "that all is sent");
        }

        for (int i = 0; i <= 3000; i++)
        {
            (await bob.NextAsync("event")).GetProperty("data").GetInt32().Should().Be(i, "each number comes once, in order");
        }
    }

    [Test]
    public async Task What_was_answered_is_not_sent_again()
    {
        await using (ClientProbe ann = await OpenAsync("ann", UseFile))
        {
            await ann.Client.EmitAsync("say", 1, "lobby").OrTimeout();
        }

        ClientProbe again = Create("ann", UseFile);

        again.Client.Unanswered.Should().Be(0);
    }

    [Test]
    public async Task A_refused_emit_of_an_earlier_process_is_told()
    {
        await using (ClientProbe ann = Create("ann", UseFile))
        {
            _ = ann.Client.EmitAsync("say", 1, "@nobody");
            await ann.Client.FlushOutboxAsync().OrTimeout();
        }

        ClientProbe again = await OpenAsync("ann", UseFile);

        ClientNotice notice = await again.NoticeAsync(ClientNoticeKind.Refused);
        (notice.Event, notice.Code).Should().Be(("say", "unknown_session"));
    }

    [Test]
    public async Task Two_clients_cannot_use_one_file()
    {
        await using ClientProbe ann = Create("ann", UseFile);

        FluentActions.Invoking(() => Create("ann", UseFile)).Should().Throw<IOException>();
    }

    [Test]
    public void Every_cut_of_the_file_loses_only_the_records_that_are_cut()
    {
        WriteFile("a", "b", "c");
        byte[] whole = File.ReadAllBytes(Outbox);
        List<int> counts = [];
        for (int length = whole.Length; length >= 0; length--)
        {
            File.WriteAllBytes(Outbox, whole[..length]);
            string[] left = ReadFile();
            left.Should().Equal(new[] { "a", "b", "c" }.Take(left.Length));
            counts.Add(left.Length);
        }

        counts.Should().BeInDescendingOrder().And.StartWith(3).And.Contain([2, 1]).And.EndWith(0);
    }

    [Test]
    public void A_damaged_file_is_refused_and_not_emptied()
    {
        WriteFile("a", "b", "c");
        byte[] whole = File.ReadAllBytes(Outbox);
        whole[20] ^= 1;
        File.WriteAllBytes(Outbox, whole);

        FluentActions.Invoking(ReadFile).Should().Throw<InvalidDataException>().WithMessage("*is damaged at byte 8*");
        File.WriteAllText(Outbox, "something else");
        FluentActions.Invoking(ReadFile).Should().Throw<InvalidDataException>().WithMessage("*is not an outbox file*");
        File.ReadAllText(Outbox).Should().Be("something else");
    }

    [Test]
    public async Task The_file_does_not_grow_for_ever()
    {
        ClientProbe ann = await OpenAsync("ann", options =>
        {
            UseFile(options);
            options.OutboxLimit = 100_000;
        });
        string large = new('x', 10_000);
        for (int round = 0; round < 10; round++)
        {
            await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => ann.Client.EmitAsync("say", large, "lobby"))).OrTimeout();
        }

        await ann.DisposeAsync();
        new FileInfo(Outbox).Length.Should().BeLessThan(4 << 20, "5 MB went through it");
        ReadFile().Should().BeEmpty();
    }

    private void UseFile(MessageQueueClientOptions options) => options.OutboxFile = Outbox;

    private void WriteFile(params string[] ids)
    {
        File.Delete(Outbox);
        using OutboxLog log = OutboxLog.Open(Outbox, out _);
        foreach (string id in ids)
        {
            log.Append(new OutboxEntry(OutboxKind.Emit, id, "say", """{"type":"emit","event":"say"}"""u8.ToArray()));
        }

        log.Write(flush: true);
    }

    private string[] ReadFile()
    {
        using OutboxLog log = OutboxLog.Open(Outbox, out List<OutboxEntry> entries);
        return [.. entries.Select(entry => entry.Id)];
    }
}

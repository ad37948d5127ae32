using System.Text;
using System.Text.Json;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Embedding;

/// <summary>The log tools of the public API, on a log of several files that a server wrote.</summary>
internal sealed class MessageQueueLogTests
{
    private const int Events = 12;

    private TemporaryDirectory _directory = null!;

    private string Data => _directory.Combine("data");

    private string Copy => _directory.Combine("copy");

    [SetUp]
    public async Task SetUp()
    {
        _directory = new TemporaryDirectory();
        MessageQueueOptions options = new()
        {
            Url = "http://127.0.0.1:0",
            DataDirectory = Data,
            SegmentBytes = 1 << 20,
            MaxMessageBytes = 256 << 10,
            ReserveBytes = 0,
        };
        await using MessageQueueServer server = await MessageQueueServer.StartAsync(options);
        for (int n = 0; n < Events; n++)
        {
            await server.Of("/").To("lobby").EmitAsync("e", new string('x', 200_000));
        }
    }

    [TearDown]
    public void TearDown() => _directory.Dispose();

    [Test]
    public void Verify_counts_what_a_sound_log_has_and_reports_progress_up_to_one()
    {
        List<double> progress = [];

        VerificationReport report = MessageQueueLog.Verify(Data, new Callback(progress.Add));

        report.IsSound.Should().BeTrue(string.Join('\n', report.Findings));
        report.Records.Should().BeGreaterThanOrEqualTo(Events);
        report.LastSequence.Should().BeGreaterThanOrEqualTo(Events);
        report.Segments.Should().BeGreaterThan(1);
        report.IsCopy.Should().BeFalse();
        progress.Should().HaveCount(report.Segments).And.BeInAscendingOrder().And.EndWith(1);
    }

    [Test]
    public void Dump_writes_a_line_of_JSON_for_each_record_in_the_range()
    {
        using MemoryStream output = new();

        VerificationReport report = MessageQueueLog.Dump(Data, output, from: 2, to: 4);

        report.Records.Should().Be(3);
        string[] lines = Encoding.UTF8.GetString(output.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        lines.Select(line => JsonSerializer.Deserialize<JsonElement>(line).GetProperty("sequence").GetInt64()).Should().Equal(2, 3, 4);
    }

    [Test]
    public async Task A_backup_is_marked_as_a_copy_until_a_server_starts_on_it()
    {
        long last = MessageQueueLog.Backup(Data, Copy);

        MessageQueueLog.Verify(Copy).Should().BeEquivalentTo(new { IsSound = true, IsCopy = true, LastSequence = last });
        await using (await MessageQueueServer.StartAsync(new() { Url = "http://127.0.0.1:0", DataDirectory = Copy, ReserveBytes = 0 }))
        {
        }

        MessageQueueLog.Verify(Copy).IsCopy.Should().BeFalse();
    }

    [Test]
    public void A_damaged_record_is_a_finding_refuses_the_backup_and_is_lost_in_the_repair()
    {
        string segment = Directory.GetFiles(Data, "*.seg", SearchOption.AllDirectories).Order(StringComparer.Ordinal).First();
        byte[] bytes = File.ReadAllBytes(segment);
        bytes[bytes.AsSpan().IndexOf("xxxxxxxx"u8)] ^= 1;
        File.WriteAllBytes(segment, bytes);

        VerificationReport report = MessageQueueLog.Verify(Data);
        report.IsSound.Should().BeFalse();
        report.Findings.Should().ContainSingle().Which.Should().Contain(segment);
        FluentActions.Invoking(() => MessageQueueLog.Backup(Data, _directory.Combine("backup"))).Should().Throw<LogDamagedException>();

        MessageQueueLog.Repair(Data, Copy).Should().ContainSingle().Which.Should().Contain("lost").And.Contain(segment);
        MessageQueueLog.Verify(Copy).IsSound.Should().BeTrue();
    }

    [Test]
    public void MarkAsCopy_returns_the_id_of_the_log()
    {
        string id = MessageQueueLog.MarkAsCopy(Data);

        id.Should().MatchRegex("^[0-9a-f]{32}$");
        MessageQueueLog.Verify(Data).IsCopy.Should().BeTrue();
    }

    [Test]
    public async Task Tools_that_change_something_are_refused_while_a_server_runs()
    {
        await using MessageQueueServer server = await MessageQueueServer.StartAsync(
            new() { Url = "http://127.0.0.1:0", DataDirectory = Data, ReserveBytes = 0 });

        FluentActions.Invoking(() => MessageQueueLog.Repair(Data, Copy)).Should().Throw<LogLockedException>();
        FluentActions.Invoking(() => MessageQueueLog.MarkAsCopy(Data)).Should().Throw<LogLockedException>();
        MessageQueueLog.Verify(Data).IsSound.Should().BeTrue();
    }

    [Test]
    public void Cancellation_takes_effect_after_the_current_file_and_leaves_no_copy_that_a_server_takes_for_whole()
    {
        foreach (Action<IProgress<double>, CancellationToken> tool in (Action<IProgress<double>, CancellationToken>[])
        [
            (progress, token) => MessageQueueLog.Verify(Data, progress, token),
            (progress, token) => MessageQueueLog.Backup(Data, Copy, progress, token),
            (progress, token) => MessageQueueLog.Repair(Data, _directory.Combine("repaired"), progress, token),
        ])
        {
            using CancellationTokenSource cancel = new();
            int reports = 0;
            Callback progress = new(_ =>
            {
                reports++;
                cancel.Cancel();
            });

            FluentActions.Invoking(() => tool(progress, cancel.Token)).Should().Throw<OperationCanceledException>();
            reports.Should().Be(1);
            reports = 0;
            FluentActions.Invoking(() => tool(progress, cancel.Token)).Should().Throw<OperationCanceledException>();
            reports.Should().Be(0, "it was cancelled before it began");
        }

        MessageQueueLog.Verify(Copy).Findings.Should().ContainSingle().Which.Should().Contain("not a data directory");
    }

    [Test]
    public void Dump_is_cancelled_between_two_records()
    {
        using CancellationTokenSource cancel = new();
        using CancellingStream output = new(cancel);

        FluentActions.Invoking(() => MessageQueueLog.Dump(Data, output, cancellationToken: cancel.Token))
            .Should().Throw<OperationCanceledException>();

        Encoding.UTF8.GetString(output.ToArray()).Count(c => c == '\n').Should().Be(1);
    }

    [Test]
    public void A_directory_without_a_log_is_named()
    {
        string nothing = _directory.Combine("nothing");

        MessageQueueLog.Verify(nothing).Findings.Should().ContainSingle().Which.Should().Contain(nothing);
        FluentActions.Invoking(() => MessageQueueLog.Backup(nothing, Copy)).Should().Throw<ArgumentException>().WithMessage($"*{nothing}*");
        FluentActions.Invoking(() => MessageQueueLog.Repair(nothing, Copy)).Should().Throw<ArgumentException>().WithMessage($"*{nothing}*");
        FluentActions.Invoking(() => MessageQueueLog.MarkAsCopy(nothing)).Should().Throw<ArgumentException>().WithMessage($"*{nothing}*");
        FluentActions.Invoking(() => MessageQueueLog.Backup(Data, Data)).Should().Throw<ArgumentException>().WithMessage("*is not empty*");
        FluentActions.Invoking(() => MessageQueueLog.Verify("")).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => MessageQueueLog.Dump(Data, Stream.Null, from: 0)).Should().Throw<ArgumentOutOfRangeException>();
    }

    private sealed class Callback(Action<double> report) : IProgress<double>
    {
        public void Report(double value) => report(value);
    }

    private sealed class CancellingStream(CancellationTokenSource cancel) : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer)
        {
            base.Write(buffer);
            cancel.Cancel();
        }

        public override void Write(byte[] buffer, int offset, int count)
        {
            base.Write(buffer, offset, count);
            cancel.Cancel();
        }
    }
}

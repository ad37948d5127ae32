using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Crash;

/// <summary>
/// The real host on a disk that fails: strace lets a system call return an error. The host ends and reports the reason in one line, and
/// the next start has everything that it acknowledged.
/// </summary>
[Parallelizable(ParallelScope.Self)]
internal sealed class FailedWriteTests
{
    private const int MaxEmits = 3000;
    private const string Small = "small";

    // strace counts per thread, and the thread that writes the log is the first one to reach this count.
    [TestCase("fdatasync", "EIO", 7)]
    [TestCase("fdatasync", "EIO", 200)]
    [TestCase("pwrite64", "EIO", 9)]
    [TestCase("pwrite64", "ENOSPC", 120)]
    [TestCase("fsync", "EIO", 1)]
    public async Task The_first_failure_is_final_and_loses_nothing_acknowledged(string call, string error, int when)
    {
        Requires.Strace();
        using TemporaryDirectory data = new();
        List<long> acknowledged = [];
        await using (HostProcess first = await HostProcess.StartAsync(data.FullName))
        {
            await using EventClient reader = await EventClient.ConnectAsync(first.Url, "session=reader&room=lobby");
            await reader.CloseAsync();
            (await first.TerminateAsync()).Should().Be(0);
        }

        string[] strace =
            ["strace", "-f", "-qq", "-o", "/dev/null", "-e", $"trace={call}", "-e", $"inject={call}:error={error}:when={when}"];
        int code;
        string said;
        await using (HostProcess host = await StartUnderAsync(strace, data.FullName, call))
        {
            // Large events, so that new segments start, for the case that the sync of a directory fails.
            await EmitUntilItEndsAsync(host, acknowledged, new string('x', call == "fsync" ? 50_000 : 100));
            code = await host.ExitAsync();
            said = host.Error.ToString();
        }

        code.Should().Be(1);
        said.Split('\n').Count(line => line.StartsWith("MessageQueue: ", StringComparison.Ordinal)).Should().Be(1, said);
        await using HostProcess next = await HostProcess.StartAsync(data.FullName);
        await using EventClient again = await EventClient.ConnectAsync(next.Url, "session=reader&window=5000");
        int pending = again.Welcome.GetProperty("pending").GetInt32();
        pending.Should().BeInRange(acknowledged.Count, acknowledged.Count + 1, "the outcome of the last one is not known");
        List<long> received = await again.NextIdsAsync(pending);
        received.Should().Contain(acknowledged).And.BeInAscendingOrder();
        TestContext.Out.WriteLine($"{call} {error} at {when}: {acknowledged.Count} acknowledged, {pending} there");
    }

    // A start syncs directories too, on the main thread, and would rightly fail. So those calls must succeed.
    private static Task<HostProcess> StartUnderAsync(string[] strace, string data, string call)
    {
        string[] program = call == "fsync" ? [.. strace[..^1], strace[^1].Replace("when=1", "when=5", StringComparison.Ordinal)] : strace;
        return HostProcess.StartUnderAsync(
            program, data, "--segment-bytes", "1048576", "--max-message-bytes", "262144", "--reserve-bytes", "0");
    }

    private static async Task EmitUntilItEndsAsync(HostProcess host, List<long> acknowledged, string data)
    {
        await using EventClient writer = await EventClient.ConnectAsync(host.Url, "session=writer");
        try
        {
            for (int i = 0; i < MaxEmits; i++)
            {
                acknowledged.Add(await writer.EmitAsync("lobby", "e", data));
            }

            Assert.Fail("The disk did not fail.");
        }
        catch (Exception exception) when (exception is not SuccessException and not AssertionException)
        {
            await writer.Closed.OrTimeout();
        }
    }
}

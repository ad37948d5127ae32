using System.Text.Json;
using System.Threading.Channels;
using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Crash;

/// <summary>
/// The real host on a real disk that becomes full. SMALL_DISK is a directory on a file system with 16 to 64 MiB of its own;
/// scripts/reliability.sh makes one.
/// </summary>
[NonParallelizable]
internal sealed class SmallDiskTests
{
    private const int MiB = 1 << 20;
    private const int Window = 10;

    [Test]
    public async Task On_a_full_disk_only_events_are_refused_until_there_is_room_again()
    {
        string? disk = Environment.GetEnvironmentVariable("SMALL_DISK");
        if (disk is null)
        {
            Assert.Ignore("needs a small disk; scripts/reliability.sh has one");
        }

        string data = Path.Combine(disk, "data");
        string ballast = Path.Combine(disk, "ballast");
        List<long> acknowledged = [];
        await using (HostProcess host = await StartAsync(data))
        {
            await using EventClient reader = await EventClient.ConnectAsync(
                host.Url, $"session=reader&room=lobby&ack=manual&window={Window}");
            await using EventClient writer = await EventClient.ConnectAsync(host.Url, "session=writer");
            await FillAsync(disk, ballast);
            int refused = await EmitUntilRefusedAsync(writer, acknowledged);
            acknowledged.Count.Should().BePositive();

            // Acknowledgements reach the log, so they are there after a kill.
            await reader.SendAsync(new { type = "ack", upTo = acknowledged[^1] });
            await reader.PingAsync();
            for (int i = 0; i < 200; i++)
            {
                await reader.SendAsync(new { type = "join", room = $"room{i % 10}", id = $"join{i}" });
            }

            for (int i = 0; i < 200; i++)
            {
                await reader.NextAsync("ack");
            }

            await using EventClient stranger = await EventClient.OpenAsync(host.Url, "session=stranger");
            (await stranger.CloseCodeAsync()).Should().Be(1013);
            await using EventClient known = await EventClient.ConnectAsync(host.Url, "session=writer");

            // There is room again: the host accepts events within about a second, without any action.
            File.Delete(ballast);
            DateTime since = DateTime.UtcNow;
            while (!await TryEmitAsync(known, acknowledged))
            {
                (DateTime.UtcNow - since).Should().BeLessThan(TimeSpan.FromSeconds(30));
                refused++;
            }

            TestContext.Out.WriteLine(
                $"{acknowledged.Count} events, refused {refused} times, "
                + $"accepted again {(DateTime.UtcNow - since).TotalSeconds:F1} s after there was room");
            await host.KillAsync();
        }

        await using HostProcess next = await StartAsync(data);
        await using EventClient again = await EventClient.ConnectAsync(next.Url, "session=reader");
        again.Welcome.GetProperty("pending").GetInt32()
            .Should().Be(acknowledged.Count - Window, "a window of events was sent and acknowledged");
    }

    private static Task<HostProcess> StartAsync(string data) =>
        HostProcess.StartAsync(data, "--segment-bytes", $"{MiB}", "--max-message-bytes", "262144", "--reserve-bytes", $"{MiB}");

    /// <summary>Fills the disk until there is less space than two segments need.</summary>
    private static async Task FillAsync(string disk, string ballast)
    {
        await using FileStream file = new(ballast, FileMode.Create);
        long bytes = new DriveInfo(disk).AvailableFreeSpace - (MiB * 3 / 2);
        byte[] zeros = new byte[64 * 1024];
        for (long written = 0; written < bytes; written += zeros.Length)
        {
            await file.WriteAsync(zeros);
        }
    }

    private static async Task<int> EmitUntilRefusedAsync(EventClient writer, List<long> acknowledged)
    {
        for (int i = 0; i < 100_000; i++)
        {
            if (!await TryEmitAsync(writer, acknowledged))
            {
                return 1;
            }
        }

        throw new InvalidOperationException("The disk did not become full.");
    }

    private static async Task<bool> TryEmitAsync(EventClient writer, List<long> acknowledged)
    {
        await writer.SendAsync(
            new { type = "emit", @event = "e", to = "lobby", data = new string('x', 4000), id = Guid.NewGuid().ToString("N") });
        ChannelReader<JsonElement> acks = writer.Frames("ack");
        ChannelReader<JsonElement> errors = writer.Frames("error");
        await Task.WhenAny(acks.WaitToReadAsync().AsTask(), errors.WaitToReadAsync().AsTask()).OrTimeout();
        if (acks.TryRead(out JsonElement ack))
        {
            acknowledged.Add(ack.GetProperty("id").GetInt64());
            return true;
        }

        errors.TryRead(out JsonElement error).Should().BeTrue();
        error.GetProperty("code").GetString().Should().Be("unavailable");
        return false;
    }
}

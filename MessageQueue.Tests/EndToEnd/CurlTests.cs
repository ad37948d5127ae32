using System.Text.Json;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.EndToEnd;

/// <summary>Publishing with the real curl, as in the README.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class CurlTests
{
    [Test]
    public async Task A_POST_repeated_after_a_crash_of_the_server_is_stored_once()
    {
        Requires.Curl();
        using TemporaryDirectory data = new();
        string first;
        await using (HostProcess host = await HostProcess.StartAsync(data.FullName, "--token", "s3cret"))
        {
            await using EventClient alice = await EventClient.ConnectAsync(host.Url, "session=alice&room=lobby&token=s3cret");
            await alice.CloseAsync();
            first = await CurlAsync(host);
            await host.KillAsync();
        }

        await using HostProcess next = await HostProcess.StartAsync(data.FullName, "--token", "s3cret");
        string again = await CurlAsync(next);

        JsonElement ack = JsonSerializer.Deserialize<JsonElement>(first);
        ack.Has("duplicate").Should().BeFalse();
        again.Should().Be($$"""{"type":"ack","ref":"order-17","id":{{ack.Id()}},"duplicate":true}""");
        await using EventClient returned = await EventClient.ConnectAsync(next.Url, "session=alice&token=s3cret");
        List<JsonElement> events = await returned.EventsSoFarAsync();
        events.Should().ContainSingle().Which.GetProperty("data").GetRawText().Should().Be("""{"total":12.50}""");
    }

    private static async Task<string> CurlAsync(HostProcess host)
    {
        await using ChildProcess curl = ChildProcess.Start(
            "curl",
            [
                "-sS", "--fail-with-body", "--noproxy", "*", $"{host.Url}/?to=lobby&event=order", "-d", """{"total":12.50}""",
                "-H", "Authorization: Bearer s3cret", "-H", "Idempotency-Key: order-17",
            ]);
        (await curl.ExitAsync()).Should().Be(0, curl.Error.ToString());
        return curl.Output.ToString();
    }
}

using System.Text.Json;
using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Embedding;

/// <summary>The samples of the repository, run as users run them.</summary>
internal sealed class SampleTests
{
    private TemporaryDirectory _data = null!;

    [SetUp]
    public void SetUp() => _data = new TemporaryDirectory();

    [TearDown]
    public void TearDown() => _data.Dispose();

    [Test]
    public void Every_sample_is_short([Values("ChatApp", "TimerConsole", "OrderWorker", "OrderProcessor")] string sample) =>
        Directory.GetFiles(RepositoryRoot.Combine("samples", sample), "*.cs").Sum(file => File.ReadAllLines(file).Length)
            .Should().BePositive().And.BeLessThan(60);

    [Test]
    public async Task The_console_program_shows_a_client_catching_up()
    {
        await using ChildProcess process = Start("TimerConsole", _data.FullName);

        await process.Output.NextAsync(
            line => line.StartsWith("connected again:", StringComparison.Ordinal) && line.Contains("\"pending\":1"), "the second welcome");
        await process.Output.NextAsync(
            line => line.StartsWith("caught up:", StringComparison.Ordinal) && line.Contains("\"tick\""), "the event");
        (await process.ExitAsync()).Should().Be(0, process.Error.ToString());
    }

    [Test]
    public async Task The_worker_handles_stored_orders()
    {
        await using ChildProcess process = Start("OrderWorker", "--url", "http://127.0.0.1:0", "--data", _data.FullName);
        await using EventClient ann = await EventClient.ConnectAsync(await UrlAsync(process, "Listening on "), "session=ann");

        await ann.SendAsync(new { type = "emit", @event = "order", data = "tea", id = "1" });

        JsonElement ack = await ann.NextAsync("ack");
        ack.GetProperty("data").GetInt64().Should().Be(ack.GetProperty("id").GetInt64());
        (await ann.NextAsync("event")).GetProperty("data").GetString().Should().Be("tea");
        process.Send(PosixSignal.Terminate);
        (await process.ExitAsync()).Should().Be(0, process.Error.ToString());
    }

    [Test]
    public async Task The_worker_finishes_stored_orders_after_it_was_killed()
    {
        const int Orders = 200;
        List<string> done = [];
        for (int life = 1; life <= 2; life++)
        {
            await using ChildProcess process = Start("OrderWorker", "--url", "http://127.0.0.1:0", "--data", _data.FullName);
            await using EventClient ann = await EventClient.ConnectAsync(
                await UrlAsync(process, "Listening on "), "session=ann&window=1000");
            for (int i = 0; i < Orders; i++)
            {
                // The second emit repeats the first, as a client does that got no answer.
                await ann.TrySendAsync(new { type = "emit", @event = "order", data = "tea", id = $"{i}" });
            }

            if (life == 1)
            {
                await process.Output.NextAsync(line => line.StartsWith("ann orders", StringComparison.Ordinal), "the first order done");
                process.Kill();
                await process.ExitAsync();
                done.AddRange(process.Output.Lines);
                continue;
            }

            HashSet<long> numbers = [];
            for (int i = 0; i < Orders; i++)
            {
                numbers.Add((await ann.NextAsync("ack")).GetProperty("id").GetInt64());
            }

            process.Send(PosixSignal.Terminate);
            await process.ExitAsync();
            done.AddRange(process.Output.Lines);
            numbers.Should().HaveCount(Orders, "each is stored once");
            numbers.Should().OnlyContain(
                number => done.Any(line => line.Contains($"(number {number},", StringComparison.Ordinal)), "each was worked on");
        }
    }

    [Test]
    public async Task The_processor_of_orders_goes_on_after_it_was_killed()
    {
        const int Orders = 200;
        await using HostProcess host = await HostProcess.StartAsync(_data.Combine("data"));
        await using EventClient ann = await EventClient.ConnectAsync(host.Url, "session=ann&window=1000");
        await using (ChildProcess first = Start("OrderProcessor", host.Url))
        {
            await first.Output.NextAsync(line => line.StartsWith("Open", StringComparison.Ordinal), "that it is connected");
            for (int i = 1; i <= Orders; i++)
            {
                await ann.SendAsync(new { type = "emit", @event = "order", data = new { item = $"tea {i}", count = 1 }, to = "orders" });
            }

            await first.Output.NextAsync(line => line.Contains("tea 50 ", StringComparison.Ordinal), "order 50");
            first.Kill();
        }

        await using ChildProcess second = Start("OrderProcessor", host.Url);
        for (int i = 1; i <= Orders; i++)
        {
            (await ann.NextAsync("event")).GetProperty("data").GetProperty("item").GetString()
                .Should().Be($"tea {i}", "each order is shipped once, in order");
        }

        second.Send(PosixSignal.Terminate);
        (await second.ExitAsync()).Should().Be(0, second.Error.ToString());
        second.Output.ToString().Should().NotContain("tea 1 ", "finished orders do not come again");
        ann.Frames("event").TryRead(out _).Should().BeFalse();
    }

    [Test]
    public async Task The_chat_app_brings_messages_to_rooms()
    {
        await using ChildProcess process = Start(
            "ChatApp", "--urls", "http://127.0.0.1:0", $"--MessageQueue:DataDirectory={_data.FullName}");
        string url = await UrlAsync(process, "Now listening on: ");
        await using EventClient ann = await EventClient.ConnectAsync(url + "/events/chat", "session=ann");
        await using EventClient bob = await EventClient.ConnectAsync(url + "/events/chat", "session=bob");
        // The connect handler runs before the message handler. So when its answer comes, each client is in the lobby.
        foreach (EventClient client in new[] { ann, bob })
        {
            await client.SendAsync(new { type = "emit", @event = "message", data = new { room = "nowhere", text = "" } });
            await client.NextAsync("ack");
        }

        await bob.SendAsync(new { type = "emit", @event = "message", id = "1", data = new { room = "lobby", text = "hello" } });

        JsonElement message = await ann.NextAsync("event");
        message.GetProperty("data").GetProperty("text").GetString().Should().Be("hello");
        message.GetProperty("data").GetProperty("from").GetString().Should().Be("bob");
        (await bob.NextAsync("ack")).GetProperty("data").GetProperty("number").GetInt64().Should().Be(message.GetProperty("id").GetInt64());
        process.Send(PosixSignal.Terminate);
        (await process.ExitAsync()).Should().Be(0, process.Error.ToString());
        (await ann.CloseCodeAsync()).Should().Be(1001);
    }

    internal static ChildProcess Start(string sample, params IEnumerable<string> arguments) => ChildProcess.Start(
        Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", [BuildOutput.Of("samples", sample), .. arguments]);

    internal static async Task<string> UrlAsync(ChildProcess process, string prefix)
    {
        string line = await process.Output.NextAsync(line => line.Contains(prefix, StringComparison.Ordinal), $"\"{prefix}…\"");
        return line[(line.IndexOf(prefix, StringComparison.Ordinal) + prefix.Length)..].Trim();
    }
}

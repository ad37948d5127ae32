using System.Text.Json;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.EndToEnd;

/// <summary>The host's commands on a data directory, as processes, while a server is running and after it has stopped.</summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class LogCommandTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private string Data => _directory.Combine("data");

    public void Dispose() => _directory.Dispose();

    [Test]
    public async Task A_running_log_is_verified_dumped_and_backed_up_and_the_copy_is_served()
    {
        string copy = _directory.Combine("copy");
        await using HostProcess host = await HostProcess.StartAsync(Data);
        await EmitAsync(host, 20);

        (int code, string output, string error) = await RunAsync("verify", "--data", Data);
        code.Should().Be(0, error);
        output.Should().StartWith("sound: ");
        error.Should().BeEmpty();

        (code, output, error) = await RunAsync("dump", "--data", Data);
        code.Should().Be(0, error);
        JsonElement[] records =
            [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonSerializer.Deserialize<JsonElement>(line))];
        records.Where(record => record.GetProperty("type").GetString() == "eventEmitted")
            .Select(record => record.GetProperty("data").GetProperty("n").GetInt32()).Should().Equal(Enumerable.Range(0, 20));
        records.Should().Contain(record => record.GetProperty("type").GetString() == "sessionAttached");

        (code, output, _) = await RunAsync("dump", "--data", Data, "--from", "3", "--to", "5");
        code.Should().Be(0);
        output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Should().HaveCount(3);

        (code, output, error) = await RunAsync("backup", "--data", Data, "--to", copy);
        code.Should().Be(0, error);
        output.Should().StartWith("copied up to sequence ");
        await EmitAsync(host, 5);
        await host.KillAsync();

        await using HostProcess restored = await HostProcess.StartAsync(copy);
        await using EventClient reader = await EventClient.ConnectAsync(restored.Url, "session=reader");
        reader.Welcome.GetProperty("pending").GetInt64().Should().Be(20, "what came after the backup is not in it");
    }

    [Test]
    public async Task A_dump_shows_what_concerns_a_session_a_room_or_an_event_with_names()
    {
        long first;
        long second;
        await using (HostProcess host = await HostProcess.StartAsync(Data))
        {
            await using EventClient alice = await EventClient.ConnectAsync(host.Url, "session=alice&room=lobby&room=hall");
            await using EventClient bob = await EventClient.ConnectAsync(host.Url, "session=bob&room=lobby");
            await using EventClient other = await EventClient.ConnectAsync(host.Url, "session=other&room=elsewhere");
            first = await alice.EmitAsync("lobby", "first");
            second = await alice.EmitAsync("hall", "second");
            await other.EmitAsync("elsewhere", "third");
            await bob.SendAsync(new { type = "ack", id = first });
            await bob.PingAsync();
            (await host.TerminateAsync()).Should().Be(0);
        }

        JsonElement[] ofBob = await DumpAsync("--session", "bob");
        ofBob.Select(TypeOf).Should().StartWith(["sessionAttached", "eventEmitted"]).And.Contain("sessionDetached");
        ofBob.Where(record => TypeOf(record) == "eventEmitted").Select(record => record.GetProperty("event").GetString())
            .Should().Equal("first");
        JsonElement detached = ofBob.First(record => TypeOf(record) == "sessionDetached");
        detached.GetProperty("session").GetString().Should().Be("bob");
        detached.GetProperty("namespace").GetString().Should().Be("/");
        detached.TryGetProperty("sessionId", out _).Should().BeFalse();

        (await DumpAsync("--room", "hall")).Select(TypeOf).Should().Equal("sessionAttached", "eventEmitted");

        JsonElement[] history = await DumpAsync("--event", $"{first}");
        history[0].GetProperty("sequence").GetInt64().Should().Be(first);
        JsonElement[] settled = [.. history.Skip(1).Where(record => SessionsOf(record).Contains("bob"))];
        settled.Should().NotBeEmpty("bob's acknowledgement is in the log");
        history.SelectMany(SessionsOf).Should().OnlyContain(name => name == "alice" || name == "bob");
        (await DumpAsync("--event", $"{second}", "--session", "bob")).Should().BeEmpty("it was not for bob");
        (await DumpAsync("--event", "999999")).Should().BeEmpty();

        async Task<JsonElement[]> DumpAsync(params string[] options)
        {
            (int code, string output, string error) = await RunAsync(["dump", "--data", Data, .. options]);
            code.Should().Be(0, error);
            return
            [
                .. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonSerializer.Deserialize<JsonElement>(line)),
            ];
        }

        static string? TypeOf(JsonElement record) => record.GetProperty("type").GetString();

        static IEnumerable<string?> SessionsOf(JsonElement record) => TypeOf(record) == "acknowledged"
            ? record.GetProperty("sessions").EnumerateArray().Select(one => one.GetProperty("session").GetString())
            : record.TryGetProperty("session", out JsonElement session) ? [session.GetString()] : [];
    }

    [Test]
    public async Task Damage_is_reported_and_repaired_into_a_copy()
    {
        string copy = _directory.Combine("copy");
        await using (HostProcess host = await HostProcess.StartAsync(Data))
        {
            await EmitAsync(host, 20);
            (await host.TerminateAsync()).Should().Be(0);
        }

        string segment = Directory.GetFiles(Path.Combine(Data, "log"), "*.seg").Order(StringComparer.Ordinal).First();
        byte[] bytes = await File.ReadAllBytesAsync(segment);
        bytes.AsSpan().IndexOf("\"n\":7}"u8).Should().BePositive();
        bytes[bytes.AsSpan().IndexOf("\"n\":7}"u8)] ^= 1;
        await File.WriteAllBytesAsync(segment, bytes);

        (int code, string output, string error) = await RunAsync("verify", "--data", Data);
        code.Should().Be(1);
        output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Should().ContainSingle().Which.Should().Contain(segment).And.Contain("offset");
        error.Should().BeEmpty();

        (code, _, error) = await RunAsync("backup", "--data", Data, "--to", _directory.Combine("backup"));
        code.Should().Be(1);
        error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Should().ContainSingle();

        (code, output, error) = await RunAsync("repair", "--data", Data, "--to", copy);
        code.Should().Be(0, error);
        output.Should().Contain(segment);
        (await RunAsync("verify", "--data", copy)).Code.Should().Be(0);

        await using HostProcess restored = await HostProcess.StartAsync(copy);
        await using EventClient reader = await EventClient.ConnectAsync(restored.Url, "session=reader");
        reader.Welcome.GetProperty("pending").GetInt64().Should().Be(19, "one record was damaged");
    }

    [Test]
    public async Task A_directory_that_was_copied_by_other_means_is_renewed_once_its_server_is_stopped()
    {
        string log;
        await using (HostProcess host = await HostProcess.StartAsync(Data))
        {
            await using EventClient client = await EventClient.ConnectAsync(host.Url, "session=a");
            log = client.Welcome.GetProperty("log").GetString()!;
            (int refused, _, string locked) = await RunAsync("renew", "--data", Data);
            refused.Should().Be(1);
            locked.Should().Contain("locked by process");
            await client.CloseAsync();
            (await host.TerminateAsync()).Should().Be(0);
        }

        (int code, string output, string error) = await RunAsync("renew", "--data", Data);
        code.Should().Be(0, error);
        output.Should().StartWith($"marked as a copy of log {log}");
        (await RunAsync("verify", "--data", Data)).Output.Should().Contain("a copy that was not started yet");

        await using HostProcess renewed = await HostProcess.StartAsync(Data);
        await using EventClient again = await EventClient.ConnectAsync(renewed.Url, "session=a");
        again.Welcome.GetProperty("log").GetString().Should().NotBe(log);
        again.Welcome.GetProperty("continues")[0].GetProperty("log").GetString().Should().Be(log);
    }

    [Test]
    public async Task A_log_in_use_is_not_repaired_and_the_error_names_its_process()
    {
        await using HostProcess host = await HostProcess.StartAsync(Data);
        (int code, _, string error) = await RunAsync("repair", "--data", Data, "--to", _directory.Combine("copy"));
        code.Should().Be(1);
        error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Should().ContainSingle().Which.Should().Contain("locked by process");
    }

    [Test]
    public async Task The_directory_is_read_from_where_the_server_reads_it()
    {
        await using HostProcess host = await HostProcess.StartAsync(Data);
        await File.WriteAllTextAsync(_directory.Combine("appsettings.json"), """{ "MessageQueue": { "Data": "data" } }""");

        await using HostProcess byVariable = HostProcess.Launch(
            ["log", "verify"], new Dictionary<string, string> { ["MESSAGEQUEUE_DATA"] = Data });
        await using HostProcess byFile = HostProcess.Launch(["log", "verify"], workingDirectory: _directory.FullName);

        (await byVariable.ExitAsync()).Should().Be(0, byVariable.Output.ToString());
        (await byFile.ExitAsync()).Should().Be(0, byFile.Output.ToString());
    }

    [Test]
    public async Task A_directory_that_is_not_a_data_directory_is_reported_in_one_line()
    {
        (int code, string output, _) = await RunAsync("verify", "--data", _directory.Combine("nothing"));
        code.Should().Be(1);
        output.Should().Contain("not a data directory");
        string copy = _directory.Combine("copy");
        foreach (string[] command in (string[][])[["backup", "--to", copy], ["repair", "--to", copy], ["renew"]])
        {
            (code, _, string error) = await RunAsync([.. command, "--data", _directory.Combine("nothing")]);
            code.Should().NotBe(0);
            error.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Should().ContainSingle().Which.Should().Contain("not a data directory");
        }
    }

    private static async Task EmitAsync(HostProcess host, int count)
    {
        await using EventClient reader = await EventClient.ConnectAsync(host.Url, "session=reader&room=lobby");
        await reader.CloseAsync();
        await using EventClient writer = await EventClient.ConnectAsync(host.Url, "session=writer");
        for (int n = 0; n < count; n++)
        {
            await writer.EmitAsync("lobby", "e", new { n });
        }
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments)
    {
        await using HostProcess process = HostProcess.Launch(["log", .. arguments]);
        int code = await process.ExitAsync();
        return (code, process.Output.ToString(), process.Error.ToString());
    }
}

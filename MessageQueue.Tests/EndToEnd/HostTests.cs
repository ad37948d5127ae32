using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using System.Text.RegularExpressions;
using MessageQueue.Host.Settings;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.EndToEnd;

/// <summary>The console host as users see it: its output, the arguments that it refuses, and its exit codes.</summary>
internal sealed partial class HostTests
{
    private TemporaryDirectory _data = null!;

    [SetUp]
    public void SetUp() => _data = new TemporaryDirectory();

    [TearDown]
    public void TearDown() => _data.Dispose();

    [Test]
    public async Task Help_lists_every_option_and_what_each_durability_risks()
    {
        await using HostProcess host = HostProcess.Launch(["--help"]);

        (await host.ExitAsync()).Should().Be(0);
        string help = host.Output.ToString();
        help.Should().ContainAll(SettingsTable.Rows.Select(row => row.Option + " "));
        help.Should().ContainAll(
            "survives a power cut", "loses the last seconds", "loses all events", "MESSAGEQUEUE_MAX_MESSAGE_BYTES", "appsettings.json",
            "Exit codes:");
        host.Error.Lines.Should().BeEmpty();
    }

    [Test]
    public Task An_unknown_option_is_reported_in_one_line() => RefusesAsync("unknown option '--unknown'; see --help", 2, ["--unknown"]);

    [Test]
    public Task A_bad_value_is_reported_in_one_line() =>
        RefusesAsync("--durability: 'maybe' is not allowed; use fsync, os or memory", 2, ["--durability", "maybe"]);

    [Test]
    public Task A_bad_variable_is_reported_in_one_line() => RefusesAsync(
        "MESSAGEQUEUE_MAX_MESSAGE_BYTES: 'many' is not allowed; use a whole number from 1024 to 16777216", 2, [],
        new Dictionary<string, string> { ["MESSAGEQUEUE_MAX_MESSAGE_BYTES"] = "many" });

    [Test]
    public Task An_unknown_variable_is_reported_in_one_line() => RefusesAsync(
        "MESSAGEQUEUE_TOKN is not a setting; see --help for the names, or unset it", 2, [],
        new Dictionary<string, string> { ["MESSAGEQUEUE_TOKN"] = "s3cret" });

    [Test]
    public async Task A_bad_file_in_the_current_directory_is_reported_in_one_line()
    {
        string file = _data.Combine("appsettings.json");
        await File.WriteAllTextAsync(file, """{ "MessageQueue": { "Url": "nowhere" } }""");
        await RefusesAsync(
            $"\"Url\" in {file}: 'nowhere' is not allowed; "
            + "use http://HOST:PORT or https://HOST:PORT, for example http://127.0.0.1:8080", 2, [],
            workingDirectory: _data.FullName);
    }

    [Test]
    public Task Listening_beyond_this_machine_without_a_token_is_refused() => RefusesAsync(
        "http://0.0.0.0:0 can be reached from other machines and there is no token; "
        + "set --token (or MESSAGEQUEUE_TOKEN), or keys for users' tokens (--token-key), or --insecure to let everybody in",
        2, ["--url", "http://0.0.0.0:0"]);

    [Test]
    public async Task A_disk_too_small_for_a_new_log_is_reported_in_one_line()
    {
        await using HostProcess host = HostProcess.Launch(
            ["--url", "http://127.0.0.1:0", "--data", _data.Combine("new"), "--reserve-bytes", "1099511627776"]);

        (await host.ExitAsync()).Should().Be(1);
        host.Error.Lines.Should().ContainSingle()
            .Which.Should().StartWith($"MessageQueue: The disk of '{_data.Combine("new")}' has ").And.Contain("; make room");
    }

    [Test]
    public async Task The_host_says_where_it_listens_and_stores_and_how_to_try_it()
    {
        await using HostProcess host = await HostProcess.StartAsync(_data.FullName);

        host.Url.Should().MatchRegex(@"^http://127\.0\.0\.1:[1-9]\d*$");
        await host.Output.NextAsync(line => line == $"Storing in {_data.FullName} (fsync)", "where it stores");
        await host.Output.NextAsync(
            line => line == $"Try it: npx wscat -c 'ws://{host.Url[7..]}/?session=me&room=lobby'", "the wscat line");
    }

    [Test]
    public async Task With_a_token_only_clients_that_present_it_can_connect()
    {
        await using HostProcess host = await HostProcess.StartAsync(_data.FullName, "--token", "s3cret");

        await using EventClient allowed = await EventClient.ConnectAsync(host.Url, "session=alice&token=s3cret");
        await using EventClient refused = await EventClient.OpenAsync(host.Url, "session=bob&token=s3cre");
        await refused.Closed.OrTimeout();
        refused.CloseStatus.Should().Be((WebSocketCloseStatus)1008);
        host.Output.ToString().Should().NotContain("s3cret");
    }

    [Test]
    public async Task A_port_in_use_is_reported_in_one_line()
    {
        using TcpListener taken = new(IPAddress.Loopback, 0);
        taken.Start();
        string url = $"http://{taken.LocalEndpoint}";
        await RefusesAsync(
            $"{url} is already in use; stop the program that listens there, or choose another port with --url", 1,
            ["--url", url, "--data", _data.FullName]);
    }

    [Test]
    public async Task A_directory_that_another_process_holds_is_reported_in_one_line()
    {
        await using HostProcess first = await HostProcess.StartAsync(_data.FullName);
        (string line, int code) = await FailsAsync(["--url", "http://127.0.0.1:0", "--data", _data.FullName]);

        code.Should().Be(1);
        OneLine().IsMatch(line).Should().BeTrue(line);
        line.Should().Contain(_data.FullName);
    }

    [Test]
    public async Task A_directory_that_cannot_be_created_is_reported_in_one_line()
    {
        // A file in the place of the directory stops every user, even root.
        await File.WriteAllTextAsync(_data.Combine("file"), "");
        string directory = Path.Combine(_data.Combine("file"), "data");
        (string line, int code) = await FailsAsync(["--url", "http://127.0.0.1:0", "--data", directory]);

        code.Should().Be(1);
        OneLine().IsMatch(line).Should().BeTrue(line);
        line.Should().Contain(directory).And.NotContain("Exception");
    }

    [Test]
    public async Task Options_that_contradict_each_other_are_reported_in_one_line()
    {
        (string line, int code) = await FailsAsync(
            ["--url", "http://127.0.0.1:0", "--data", _data.FullName, "--default-window", "9", "--max-window", "8"]);

        code.Should().Be(2);
        OneLine().IsMatch(line).Should().BeTrue(line);
        line.Should().Contain("--default-window is 9; allowed is 1 to 8");

        (line, _) = await FailsAsync(["--url", "http://127.0.0.1:0", "--data", _data.FullName, "--max-window", "8"]);
        line.Should().Contain("--default-window is 1024, its default; allowed is 1 to 8, because of --max-window");
    }

    [Test]
    public async Task SIGTERM_stops_the_host_cleanly()
    {
        Requires.Signals();
        await using HostProcess host = await HostProcess.StartAsync(_data.FullName);
        await using EventClient client = await EventClient.ConnectAsync(host.Url, "session=alice");

        (await host.TerminateAsync()).Should().Be(0);
        await client.Closed.OrTimeout();
        client.CloseStatus.Should().Be((WebSocketCloseStatus)1001);
        host.Error.Lines.Should().BeEmpty();
    }

    [Test]
    public async Task Control_C_stops_the_host_cleanly()
    {
        Requires.Signals();
        await using HostProcess host = await HostProcess.StartAsync(_data.FullName);

        host.Interrupt();

        (await host.ExitAsync()).Should().Be(0);
        host.Error.Lines.Should().BeEmpty();
    }

    [Test]
    public async Task A_second_Control_C_ends_the_host_at_once()
    {
        Requires.Signals();
        // The host waits for a client that never answers its close frame, here for longer than any test runs.
        await using HostProcess host = await HostProcess.StartAsync(_data.FullName, "--close-timeout", "1h");
        using TcpClient client = await ConnectDeafAsync(host.Url);

        host.Interrupt();
        await host.Output.NextAsync(line => line.StartsWith("Stopping", StringComparison.Ordinal), "that it is stopping");
        host.Interrupt();

        (await host.ExitAsync()).Should().NotBe(0);
    }

    [Test]
    public async Task Another_durability_opens_the_same_directory()
    {
        await using HostProcess first = await HostProcess.StartAsync(_data.FullName);
        await first.KillAsync();
        await using HostProcess second = await HostProcess.StartAsync(_data.FullName, "--durability", "os");

        await second.Output.NextAsync(line => line == $"Storing in {_data.FullName} (os)", "the other durability on the same directory");
    }

    private static async Task<TcpClient> ConnectDeafAsync(string url)
    {
        TcpClient client = new();
        Uri address = new(url);
        await client.ConnectAsync(address.Host, address.Port);
        byte[] handshake = Encoding.ASCII.GetBytes(
            $"GET /?session=deaf HTTP/1.1\r\nHost: {address.Authority}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
        await client.GetStream().WriteAsync(handshake);
        // The answer shows that the server knows this connection.
        byte[] status = new byte["HTTP/1.1 101".Length];
        await client.GetStream().ReadExactlyAsync(status).OrTimeout();
        Encoding.ASCII.GetString(status).Should().Be("HTTP/1.1 101");
        return client;
    }

    private static async Task RefusesAsync(
        string message, int code, string[] arguments, Dictionary<string, string>? environment = null, string? workingDirectory = null)
    {
        (string line, int exitCode) = await FailsAsync(arguments, environment, workingDirectory);
        line.Should().Be("MessageQueue: " + message);
        exitCode.Should().Be(code);
    }

    private static async Task<(string Line, int Code)> FailsAsync(
        string[] arguments, Dictionary<string, string>? environment = null, string? workingDirectory = null)
    {
        await using HostProcess host = HostProcess.Launch(arguments, environment, workingDirectory);
        int code = await host.ExitAsync();
        host.Output.Lines.Should().NotContain(line => line.StartsWith("Listening", StringComparison.Ordinal));
        return (host.Error.Lines.Should().ContainSingle().Subject, code);
    }

    [GeneratedRegex(@"^MessageQueue: [^;]+; .+$")]
    private static partial Regex OneLine();
}

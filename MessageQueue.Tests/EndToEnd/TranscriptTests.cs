using System.Text.Json;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.EndToEnd;

/// <summary>Plays the transcript of the README: the real host, and real wscat in windows of its own.</summary>
[TestFixture]
[NonParallelizable]
internal sealed class TranscriptTests
{
    private readonly Dictionary<string, WscatProcess> _windows = [];
    // Event numbers differ from run to run. Those of the README stand for them, here and in the typed lines.
    private readonly Dictionary<long, long> _numbers = [];
    private TemporaryDirectory _data = null!;
    private HostProcess? _host;

    [SetUp]
    public void SetUp()
    {
        Requires.Wscat();
        _data = new TemporaryDirectory();
    }

    [TearDown]
    public async Task TearDown()
    {
        foreach (WscatProcess window in _windows.Values)
        {
            await window.DisposeAsync();
        }

        if (_host is not null)
        {
            await _host.DisposeAsync();
        }

        _data?.Dispose();
    }

    [Test]
    public async Task The_transcript_of_the_README_is_reproduced()
    {
        IReadOnlyList<TranscriptStep> steps = Transcript.Read();
        steps.Count(step => step.Action == TranscriptAction.Receive).Should().BeGreaterThan(5);
        foreach (TranscriptStep step in steps)
        {
            TestContext.Out.WriteLine($"{step.Window}: {step.Text}");
            await PlayAsync(step);
        }
    }

    private Task PlayAsync(TranscriptStep step) => step.Action switch
    {
        TranscriptAction.Run => RunAsync(step),
        TranscriptAction.Type => _windows[step.Window].TypeAsync(WithRealNumbers(step.Text)),
        TranscriptAction.Receive => ReceiveAsync(step),
        TranscriptAction.Close => CloseAsync(step.Window),
        _ => _windows[step.Window].SeesAsync(step.Text),
    };

    private async Task RunAsync(TranscriptStep step)
    {
        if (step.Text.StartsWith("npx wscat -c ", StringComparison.Ordinal))
        {
            string url = step.Text.Split('\'')[1].Replace("ws://127.0.0.1:8080", _host!.Url.Replace("http:", "ws:"));
            await CloseAsync(step.Window);
            _windows[step.Window] = await WscatProcess.OpenAsync(url);
        }
        else if (step.Text.StartsWith("dotnet run ", StringComparison.Ordinal))
        {
            _host = await HostProcess.StartAsync(_data.FullName);
        }
        else
        {
            step.Text.Should().StartWith("pkill -9 ", "it is the only other command that this test knows");
            await _host!.KillAsync();
            await _host.DisposeAsync();
        }
    }

    private async Task ReceiveAsync(TranscriptStep step)
    {
        JsonElement actual = await _windows[step.Window].NextFrameAsync();
        TestContext.Out.WriteLine($"    really: {actual}");
        JsonElement expected = JsonSerializer.Deserialize<JsonElement>(step.Text);
        // Checks only the fields that the README shows. It leaves some out to be easier to read.
        foreach (JsonProperty field in expected.EnumerateObject())
        {
            actual.TryGetProperty(field.Name, out JsonElement value)
                .Should().BeTrue("{0} of {1} should be in {2}", field.Name, step.Text, actual);
            Same(field.Name, field.Value, value).Should().BeTrue("{0} of {1} should be as in {2}", field.Name, step.Text, actual);
        }

        actual.TryGetProperty("redelivered", out _)
            .Should().Be(expected.TryGetProperty("redelivered", out _), "`redelivered` should be there as in the README: {0}", actual);
    }

    private bool Same(string name, JsonElement expected, JsonElement actual)
    {
        if (name != "id")
        {
            return JsonElement.DeepEquals(expected, actual);
        }

        return _numbers.TryAdd(expected.GetInt64(), actual.GetInt64()) || _numbers[expected.GetInt64()] == actual.GetInt64();
    }

    private string WithRealNumbers(string message)
    {
        JsonElement parsed = JsonSerializer.Deserialize<JsonElement>(message);
        bool isAck = parsed.GetProperty("type").GetString() == "ack";
        return isAck ? JsonSerializer.Serialize(new { type = "ack", id = _numbers[parsed.GetProperty("id").GetInt64()] }) : message;
    }

    private async Task CloseAsync(string window)
    {
        if (_windows.Remove(window, out WscatProcess? open))
        {
            await using (open)
            {
                await open.CloseAsync();
            }
        }
    }
}

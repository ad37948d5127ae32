using System.Text.Json;
using System.Text.RegularExpressions;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.EndToEnd;

/// <summary>
/// One window with wscat in it. It runs in a pseudo-terminal, because without one wscat shows neither its prompt nor that it was
/// disconnected. So the test reads what a person would see.
/// </summary>
internal sealed partial class WscatProcess : IAsyncDisposable
{
    private const string ControlC = "\u0003";

    private readonly ChildProcess _terminal;

    private WscatProcess(ChildProcess terminal) => _terminal = terminal;

    /// <summary>wscat's entry point, as npm installs it.</summary>
    public static string Script => RepositoryRoot.Combine("MessageQueue.Tests", "node", "node_modules", "wscat", "bin", "wscat");

    /// <summary>Opens a window, connects, and waits until wscat says that it has.</summary>
    public static async Task<WscatProcess> OpenAsync(string url)
    {
        // exec: node is the only process of the terminal, and gets the hang-up signal when the terminal closes.
        string command = $"exec node '{Script}' --connect '{url}'";
        Dictionary<string, string> environment = new() { ["SHELL"] = "/bin/sh", ["TERM"] = "xterm" };
        WscatProcess window = new(
            ChildProcess.Start("script", ["--quiet", "--return", "--flush", "--command", command, "/dev/null"], environment));
        await window.SeesAsync("Connected (press CTRL+C to quit)");
        return window;
    }

    /// <summary>Types a line and presses Enter.</summary>
    public Task TypeAsync(string line) => _terminal.WriteAsync(line + "\r");

    /// <summary>Returns the next frame that the window shows.</summary>
    public async Task<JsonElement> NextFrameAsync()
    {
        string line = await _terminal.Output.NextAsync(line => Visible(line).StartsWith("< ", StringComparison.Ordinal), "a frame");
        return JsonSerializer.Deserialize<JsonElement>(Visible(line)[2..]);
    }

    /// <summary>Waits until the window shows a line.</summary>
    public Task SeesAsync(string text) => _terminal.Output.NextAsync(line => Visible(line) == text, $"\"{text}\"");

    /// <summary>Presses Ctrl-C, if wscat has not ended by itself, and waits until it ends.</summary>
    public async Task<int> CloseAsync()
    {
        try
        {
            await _terminal.WriteAsync(ControlC);
        }
        catch (IOException)
        {
            // It has ended: nobody reads any more.
        }

        return await _terminal.ExitAsync();
    }

    public ValueTask DisposeAsync() => _terminal.DisposeAsync();

    // A carriage return ends a line for the reader too, so that the prompt, which wscat clears, is a separate line.
    private static string Visible(string line) => ControlSequence().Replace(line, "");

    [GeneratedRegex(@"\e\[[0-9;]*[A-Za-z]")]
    private static partial Regex ControlSequence();
}

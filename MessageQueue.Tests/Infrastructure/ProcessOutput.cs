using System.Collections.Concurrent;
using System.Threading.Channels;

namespace MessageQueue.Tests.Infrastructure;

/// <summary>The output of a process on one stream: as a whole, and line by line for a test that waits. One reader at a time.</summary>
internal sealed class ProcessOutput
{
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly Channel<string> _unread = Channel.CreateUnbounded<string>();

    /// <summary>Every line so far.</summary>
    public IReadOnlyCollection<string> Lines => _lines;

    /// <summary>Reads the lines of a stream until its end.</summary>
    public async Task PumpAsync(TextReader reader)
    {
        while (await reader.ReadLineAsync() is string line)
        {
            _lines.Enqueue(line);
            _unread.Writer.TryWrite(line);
        }

        _unread.Writer.Complete();
    }

    /// <summary>Waits for the next line that matches and returns it. The lines before it are skipped and do not come again.</summary>
    public async Task<string> NextAsync(Func<string, bool> matches, string what)
    {
        using CancellationTokenSource patience = new(Timeouts.Limit);
        try
        {
            await foreach (string line in _unread.Reader.ReadAllAsync(patience.Token))
            {
                if (matches(line))
                {
                    return line;
                }
            }
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            throw new TimeoutException($"Waited {Timeouts.Limit.TotalSeconds} s for {what}. Output so far:\n{this}");
        }

        throw new EndOfStreamException($"The output ended without {what}:\n{this}");
    }

    /// <summary>Returns the lines that were not read yet, and those to come, until the output ends.</summary>
    public IAsyncEnumerable<string> ReadAllAsync() => _unread.Reader.ReadAllAsync();

    public override string ToString() => string.Join('\n', _lines);
}

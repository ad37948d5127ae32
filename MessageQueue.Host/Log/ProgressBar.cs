using System.Diagnostics;

namespace MessageQueue.Host.Log;

/// <summary>A bar on standard error, where that is a terminal and the work takes long enough to ask oneself.</summary>
internal sealed class ProgressBar(string what) : IProgress<(long Done, long Total)>, IDisposable
{
    private const int Width = 40;
    private static readonly TimeSpan ShownAfter = TimeSpan.FromMilliseconds(500);

    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private int _shown = -1;

    public void Report((long Done, long Total) value)
    {
        int percent = value.Total == 0 ? 100 : (int)(value.Done * 100.0 / value.Total);
        if (Console.IsErrorRedirected || percent == _shown || _watch.Elapsed < ShownAfter)
        {
            return;
        }

        _shown = percent;
        int full = percent * Width / 100;
        Console.Error.Write($"\r{what} [{new string('#', full)}{new string('.', Width - full)}] {percent,3} %");
    }

    /// <summary>Leaves the line empty for what comes next.</summary>
    public void Dispose()
    {
        if (_shown >= 0)
        {
            Console.Error.Write($"\r{new string(' ', what.Length + Width + 9)}\r");
            _shown = -1;
        }
    }
}

using System.Diagnostics;

namespace MessageQueue.Host;

/// <summary>Shows a progress bar on standard error, where that is a terminal and the work takes longer than half a second.</summary>
/// <param name="title">The text before the bar.</param>
internal sealed class ProgressBar(string title) : IProgress<double>, IDisposable
{
    private const int Width = 40;
    private static readonly TimeSpan ShownAfter = TimeSpan.FromMilliseconds(500);

    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private int _shown = -1;

    /// <summary>Shows the part that is done, from 0 to 1.</summary>
    public void Report(double value)
    {
        int percent = (int)(Math.Clamp(value, 0, 1) * 100);
        if (Console.IsErrorRedirected || percent == _shown || _watch.Elapsed < ShownAfter)
        {
            return;
        }

        _shown = percent;
        int full = percent * Width / 100;
        Console.Error.Write($"\r{title} [{new string('#', full)}{new string('.', Width - full)}] {percent,3} %");
    }

    /// <summary>Clears the line for the output that follows.</summary>
    public void Dispose()
    {
        if (_shown >= 0)
        {
            Console.Error.Write($"\r{new string(' ', title.Length + Width + 9)}\r");
            _shown = -1;
        }
    }
}

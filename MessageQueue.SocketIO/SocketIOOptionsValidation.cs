using System.Globalization;

namespace MessageQueue.SocketIO;

/// <summary>Checks the options where they enter the server.</summary>
internal static class SocketIOOptionsValidation
{
    // About the longest time that a timer can have.
    private static readonly TimeSpan LongestTime = TimeSpan.FromDays(24);
    private static readonly TimeSpan ShortestTime = TimeSpan.FromMilliseconds(1);

    /// <summary>Checks every option.</summary>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public static void Check(SocketIOOptions options)
    {
        CheckTime(nameof(options.PingInterval), options.PingInterval);
        CheckTime(nameof(options.PingTimeout), options.PingTimeout);
        CheckTime(nameof(options.UpgradeTimeout), options.UpgradeTimeout);
        CheckTime(nameof(options.ConnectTimeout), options.ConnectTimeout);
        CheckTime(nameof(options.ReceiptInterval), options.ReceiptInterval);
        CheckRange(nameof(options.MaxMessageBytes), options.MaxMessageBytes, 1024, 16 << 20);
        CheckRange(nameof(options.MaxAttachments), options.MaxAttachments, 0, 1000);
        CheckRange(nameof(options.MaxNamespaces), options.MaxNamespaces, 1, 1000);
        if (options.Transports is 0 || (options.Transports & ~SocketIOTransports.All) != 0)
        {
            throw Invalid(nameof(options.Transports), $"is {options.Transports}; allowed are Polling, WebSocket and All");
        }

        if (options.ClientFiles is { } directory && !Directory.Exists(directory))
        {
            throw Invalid(nameof(options.ClientFiles), $"names '{directory}', which is not a directory; name dist of socket.io-client");
        }
    }

    private static void CheckTime(string name, TimeSpan value)
    {
        if (value < ShortestTime || value > LongestTime)
        {
            throw Invalid(name, $"is {value}; allowed is {ShortestTime} to {LongestTime}");
        }
    }

    private static void CheckRange(string name, int value, int least, int most)
    {
        if (value < least || value > most)
        {
            throw Invalid(name, string.Create(CultureInfo.InvariantCulture, $"is {value}; allowed is {least} to {most}"));
        }
    }

    private static ArgumentException Invalid(string name, string problem) => new($"Option {name} of Socket.IO {problem}.");
}

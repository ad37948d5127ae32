using System.Text.Json;
using Microsoft.Win32.SafeHandles;

namespace MessageQueue.Host.Operating;

/// <summary>What commands print.</summary>
internal static class Output
{
    /// <summary>
    /// Standard output, which throws when its reader is gone: the console's own stream then says nothing, and events would be acknowledged that nobody saw.
    /// </summary>
    public static Stream Open()
    {
        if (!OperatingSystem.IsWindows())
        {
            FileStream stream = new(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0);
            if (!stream.CanSeek)
            {
                return stream;
            }
        }

        // A file, which others may write to as well: this stream has no position of its own.
        return Console.OpenStandardOutput();
    }

    /// <summary>Writes and flushes.</summary>
    /// <exception cref="CommandException">Nobody reads any more.</exception>
    public static void Write(Stream output, ReadOnlySpan<byte> bytes)
    {
        try
        {
            output.Write(bytes);
            output.Flush();
        }
        catch (IOException exception)
        {
            throw new CommandException(ExitCode.Failed, $"nothing more can be printed ({exception.Message}); see what became of the reader");
        }
    }

    /// <summary>JSON on one line, whatever line ends stood in it.</summary>
    public static byte[] OneLine(ReadOnlySpan<byte> json)
    {
        if (json.IndexOfAny((byte)'\n', (byte)'\r') < 0)
        {
            return [.. json, (byte)'\n'];
        }

        return [.. JsonSerializer.SerializeToUtf8Bytes(JsonSerializer.Deserialize<JsonElement>(json)), (byte)'\n'];
    }

    /// <summary>Text that a terminal prints and does not obey, and that stays on its line.</summary>
    public static string Plain(string text) => string.Concat(text.Select(static c => char.IsControl(c) ? '\uFFFD' : c));
}

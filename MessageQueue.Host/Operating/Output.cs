using System.Text.Json;
using Microsoft.Win32.SafeHandles;

namespace MessageQueue.Host.Operating;

/// <summary>Prints the output of commands.</summary>
internal static class Output
{
    /// <summary>
    /// Opens standard output as a stream that throws when its reader is gone. The console's own stream ignores that, and events would be
    /// acknowledged that nobody saw.
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

        // For a file, the console's stream: it has no position of its own, so that other processes can append to the file too.
        return Console.OpenStandardOutput();
    }

    /// <summary>Writes and flushes.</summary>
    /// <exception cref="CommandException">The reader is gone.</exception>
    public static void Write(Stream output, ReadOnlySpan<byte> bytes)
    {
        try
        {
            output.Write(bytes);
            output.Flush();
        }
        catch (IOException exception)
        {
            throw new CommandException(ExitCode.Failed, $"cannot print ({exception.Message}); check the program that reads the output");
        }
    }

    /// <summary>Returns JSON as one line, without the line ends that it may have.</summary>
    public static byte[] OneLine(ReadOnlySpan<byte> json)
    {
        if (json.IndexOfAny((byte)'\n', (byte)'\r') < 0)
        {
            return [.. json, (byte)'\n'];
        }

        return [.. JsonSerializer.SerializeToUtf8Bytes(JsonSerializer.Deserialize<JsonElement>(json)), (byte)'\n'];
    }

    /// <summary>Replaces control characters, which would break the line or command the terminal.</summary>
    public static string Plain(string text) => string.Concat(text.Select(static c => char.IsControl(c) ? '\uFFFD' : c));
}

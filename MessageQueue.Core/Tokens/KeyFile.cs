using MessageQueue.Diagnostics;
using Microsoft.Extensions.Logging;

namespace MessageQueue.Tokens;

/// <summary>
/// Keys in a file, which may be replaced while the server runs. It looks at the file when a token comes, not by notifications of the
/// system: those do not come for mounted secrets, whose directory is exchanged.
/// </summary>
internal sealed class KeyFile : IKeySource
{
    /// <summary>How long the file is trusted to be the same.</summary>
    public static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(5);

    /// <summary>The same, when a token does not fit the keys.</summary>
    public static readonly TimeSpan ShortestInterval = TimeSpan.FromSeconds(1);

    private const int MaxBytes = 1 << 20;

    private readonly string _path;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private readonly Lock _gate = new();
    private IReadOnlyList<TokenKey> _keys;
    private (DateTime Written, long Length) _version;
    private long _checkedAt;

    /// <param name="path">The file.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="logger">Gets what is wrong with a changed file.</param>
    /// <exception cref="FormatException">The file cannot be read, or is not valid.</exception>
    public KeyFile(string path, TimeProvider timeProvider, ILogger logger)
    {
        _path = Path.GetFullPath(path);
        _timeProvider = timeProvider;
        _logger = logger;
        _checkedAt = timeProvider.GetTimestamp();
        try
        {
            _version = VersionOf(_path);
            _keys = Read(_path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new FormatException($"it cannot be read: {exception.Message}", exception);
        }
    }

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<TokenKey>?> GetAsync(bool isMissing)
    {
        lock (_gate)
        {
            if (_timeProvider.GetElapsedTime(_checkedAt) >= (isMissing ? ShortestInterval : CheckInterval))
            {
                _checkedAt = _timeProvider.GetTimestamp();
                ReadIfChanged();
            }

            return new(_keys);
        }
    }

    private void ReadIfChanged()
    {
        try
        {
            (DateTime, long) version = VersionOf(_path);
            if (version != _version)
            {
                // Kept before reading, so that a file that is not valid is reported once and not with every token.
                _version = version;
                _keys = Read(_path);
                TokensLog.KeysChanged(_logger, _path, _keys.Count);
            }
        }
        catch (Exception exception) when (exception is FormatException or IOException or UnauthorizedAccessException)
        {
            TokensLog.KeyFileRefused(_logger, _path, exception.Message);
        }
    }

    private static (DateTime Written, long Length) VersionOf(string path)
    {
        FileInfo file = new(path);
        // Of the file itself, where the path is a link.
        FileSystemInfo target = file.ResolveLinkTarget(returnFinalTarget: true) ?? file;
        return (target.LastWriteTimeUtc, target is FileInfo { Exists: true } found ? found.Length : -1);
    }

    private static IReadOnlyList<TokenKey> Read(string path)
    {
        FileInfo file = new(path);
        return file.Exists && file.Length > MaxBytes
            ? throw new FormatException($"it has {file.Length} bytes; {MaxBytes} are allowed")
            : KeyText.ReadFile(File.ReadAllBytes(path));
    }
}

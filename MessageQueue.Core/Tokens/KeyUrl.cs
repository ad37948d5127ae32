using System.Text;
using MessageQueue.Diagnostics;
using Microsoft.Extensions.Logging;

namespace MessageQueue.Tokens;

/// <summary>
/// Keys at an address. They are read again from time to time, while the old ones go on being used; and at once, but not often, when a token
/// names a key that is not among them.
/// </summary>
internal sealed class KeyUrl : IKeySource, IDisposable
{
    /// <summary>The shortest time between two attempts that unknown keys cause.</summary>
    public static readonly TimeSpan ShortestInterval = TimeSpan.FromSeconds(30);

    private const int MaxBytes = 1 << 20;
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LastRetry = TimeSpan.FromMinutes(5);

    private readonly string _url;
    private readonly TimeSpan _interval;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private readonly HttpClient _client;
    private readonly Lock _gate = new();
    private IReadOnlyList<TokenKey>? _keys;
    private Task? _reading;
    private long _beganAt;
    private TimeSpan _wait;
    private int _failures;

    /// <param name="url">The address, which was checked.</param>
    /// <param name="interval">How often it is read again.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="logger">Gets failures.</param>
    /// <param name="handler">Sends the requests; null for .NET's own. It is disposed with this.</param>
    public KeyUrl(string url, TimeSpan interval, TimeProvider timeProvider, ILogger logger, HttpMessageHandler? handler = null)
    {
        _url = url;
        _interval = interval;
        _timeProvider = timeProvider;
        _logger = logger;
        _client = new HttpClient(handler ?? new SocketsHttpHandler()) { Timeout = Timeout, MaxResponseContentBufferSize = MaxBytes };
    }

    /// <summary>Whether an address is allowed: HTTPS, or HTTP on this machine.</summary>
    public static bool IsAllowed(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out Uri? uri)
        && (uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback));

    /// <inheritdoc />
    public async ValueTask<IReadOnlyList<TokenKey>?> GetAsync(bool isMissing)
    {
        Task? reading;
        lock (_gate)
        {
            TimeSpan elapsed = _timeProvider.GetElapsedTime(_beganAt);
            TimeSpan wait = isMissing && _failures == 0 && _wait > ShortestInterval ? ShortestInterval : _wait;
            if (_reading is null && elapsed >= wait)
            {
                _beganAt = _timeProvider.GetTimestamp();
                _reading = Task.Run(ReadAsync);
            }

            reading = _keys is null || isMissing ? _reading : null;
        }

        if (reading is not null)
        {
            await reading.ConfigureAwait(false);
        }

        return Volatile.Read(ref _keys);
    }

    /// <inheritdoc />
    public void Dispose() => _client.Dispose();

    private async Task ReadAsync()
    {
        IReadOnlyList<TokenKey>? keys = null;
        try
        {
            keys = KeyText.ReadJson(Encoding.UTF8.GetString(await _client.GetByteArrayAsync(_url).ConfigureAwait(false)));
        }
        catch (Exception exception)
            when (exception is HttpRequestException or OperationCanceledException or FormatException or ObjectDisposedException)
        {
            TokensLog.KeysUnreadable(_logger, _url, exception.Message);
        }

        lock (_gate)
        {
            if (keys is null)
            {
                TimeSpan doubled = FirstRetry * Math.Pow(2, Math.Min(_failures, 16));
                _wait = doubled < LastRetry ? doubled : LastRetry;
                _failures++;
            }
            else
            {
                Volatile.Write(ref _keys, keys);
                (_wait, _failures) = (_interval, 0);
            }

            _reading = null;
        }
    }
}

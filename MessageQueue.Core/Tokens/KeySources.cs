using System.Text;
using Microsoft.Extensions.Logging;

namespace MessageQueue.Tokens;

/// <summary>Opens the places from which the options take keys.</summary>
internal static class KeySources
{
    /// <summary>Opens them.</summary>
    /// <exception cref="ArgumentException">A key cannot be used; the message names the option.</exception>
    public static IEnumerable<IKeySource> Open(TokenOptions options, TimeProvider timeProvider, ILogger logger)
    {
        if (options.Secret is { } secret)
        {
            yield return Open(nameof(options.Secret), () => new FixedKeys([KeyText.OfSecret(Encoding.UTF8.GetBytes(secret))]));
        }

        foreach (string file in options.KeyFiles)
        {
            yield return Open($"{nameof(options.KeyFiles)}: {file}", () => new KeyFile(file, timeProvider, logger));
        }

        if (options.JwksUrl is { } url)
        {
            yield return new KeyUrl(url, options.JwksRefreshInterval, timeProvider, logger);
        }
    }

    private static IKeySource Open(string name, Func<IKeySource> open)
    {
        try
        {
            return open();
        }
        catch (FormatException exception)
        {
            throw new ArgumentException($"Option Tokens.{name}: {exception.Message}.", exception);
        }
    }
}

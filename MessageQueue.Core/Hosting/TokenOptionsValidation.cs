using System.Globalization;
using System.Text;
using MessageQueue.Tokens;

namespace MessageQueue.Hosting;

/// <summary>Checks <see cref="MessageQueueOptions.Tokens"/>. Files are read when the server starts.</summary>
internal static class TokenOptionsValidation
{
    private const int MinSecretBytes = 32;

    /// <summary>Checks every option.</summary>
    /// <exception cref="ArgumentException">An option is not allowed; the message names it, and never shows a secret.</exception>
    public static void Check(TokenOptions options)
    {
        if (options.Secret is { } secret && Encoding.UTF8.GetByteCount(secret) < MinSecretBytes)
        {
            throw Invalid(nameof(options.Secret), $"is shorter than {MinSecretBytes} bytes; make one with: openssl rand -base64 32");
        }

        if (options.KeyFiles.Any(string.IsNullOrWhiteSpace))
        {
            throw Invalid(nameof(options.KeyFiles), "has an empty entry; name a file");
        }

        if (options.JwksUrl is { } url && !KeyUrl.IsAllowed(url))
        {
            throw Invalid(nameof(options.JwksUrl), $"is '{url}'; allowed are https:// addresses, and http:// on this machine");
        }

        if (string.IsNullOrEmpty(options.Claim))
        {
            throw Invalid(nameof(options.Claim), "is empty; name a claim, such as mq");
        }

        if (options.MaxTokenLength is < 256 or > 65_536)
        {
            throw Invalid(
                nameof(options.MaxTokenLength),
                string.Create(CultureInfo.InvariantCulture, $"is {options.MaxTokenLength}; allowed is 256 to 65536"));
        }

        CheckTime(nameof(options.Leeway), options.Leeway, TimeSpan.Zero, TimeSpan.FromHours(1));
        CheckTime(nameof(options.ExpiryNotice), options.ExpiryNotice, TimeSpan.Zero, TimeSpan.FromHours(1));
        CheckTime(nameof(options.JwksRefreshInterval), options.JwksRefreshInterval, TimeSpan.FromMinutes(1), TimeSpan.FromDays(1));
    }

    private static void CheckTime(string name, TimeSpan value, TimeSpan least, TimeSpan most)
    {
        if (value < least || value > most)
        {
            throw Invalid(name, $"is {value}; allowed is {least} to {most}");
        }
    }

    private static ArgumentException Invalid(string name, string problem) => new($"Option Tokens.{name} {problem}.");
}

using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MessageQueue.Diagnostics;
using Microsoft.Extensions.Logging;

namespace MessageQueue.Hosting;

/// <summary>
/// The certificate of a self-hosted server. Its files are read again every 10 seconds, and what they have become is used for every new
/// connection. Files that cannot be used change nothing, so a certificate may be replaced in several steps.
/// </summary>
internal sealed class ServerCertificate : IDisposable
{
    // Compares the content: the time of a file does not change where a link is moved to another file, as certbot and Kubernetes do.
    private static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(10);

    private readonly MessageQueueOptions _options;
    private readonly ILogger _logger;
    private readonly Lock _gate = new();
    private readonly ITimer _timer;
    private CertificateFiles? _read;
    private string? _problem;
    private volatile SslStreamCertificateContext _current;

    /// <summary>Opens the certificate that the options name.</summary>
    /// <exception cref="MessageQueueException">It cannot be used; the message says why.</exception>
    public ServerCertificate(MessageQueueOptions options, ILogger logger)
    {
        (_options, _logger) = (options, logger);
        try
        {
            _read = Read();
            _current = _read.Open(options.CertificatePassword);
        }
        catch (Exception exception) when (IsExpected(exception))
        {
            throw new MessageQueueException(
                $"Cannot use the certificate {options.Certificate}: {exception.Message.TrimEnd('.')}; "
                + "name a PEM or PFX file with Certificate, and the file of its private key with CertificateKey.",
                exception);
        }

        Report();
        _timer = options.TimeProvider.CreateTimer(
            static certificate => ((ServerCertificate)certificate!).Check(), this, CheckInterval, CheckInterval);
    }

    /// <summary>The certificate for new connections, with those that lead to its root.</summary>
    public SslStreamCertificateContext Current => _current;

    public void Dispose() => _timer.Dispose();

    private static bool IsExpected(Exception exception) =>
        exception is IOException or UnauthorizedAccessException or CryptographicException;

    private CertificateFiles Read() => CertificateFiles.Read(_options.Certificate!, _options.CertificateKey);

    private void Check()
    {
        lock (_gate)
        {
            try
            {
                CertificateFiles files = Read();
                if (_read is not null && files.Equals(_read))
                {
                    return;
                }

                _read = files;
                _current = files.Open(_options.CertificatePassword);
                _problem = null;
                Report();
            }
            catch (Exception exception) when (IsExpected(exception))
            {
                // Logged once for each reason, and not every ten seconds.
                if (exception.Message != _problem)
                {
                    _problem = exception.Message;
                    HostingLog.CertificateKept(_logger, _options.Certificate!, exception.Message.TrimEnd('.') + ".", NotAfter());
                }
            }
        }
    }

    private void Report()
    {
        string subject = _current.TargetCertificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false);
        if (_current.TargetCertificate.NotAfter.ToUniversalTime() <= _options.TimeProvider.GetUtcNow().UtcDateTime)
        {
            HostingLog.CertificateExpired(_logger, subject, _options.Certificate!, NotAfter());
        }
        else
        {
            HostingLog.CertificateOpened(_logger, subject, _options.Certificate!, NotAfter());
        }
    }

    private DateTimeOffset NotAfter() => _current.TargetCertificate.NotAfter.ToUniversalTime();
}

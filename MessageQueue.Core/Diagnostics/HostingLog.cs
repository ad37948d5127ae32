using Microsoft.Extensions.Logging;

namespace MessageQueue.Diagnostics;

/// <summary>Log messages of the hosting layer. Event ids 1 to 99.</summary>
internal static partial class HostingLog
{
    [LoggerMessage(1, LogLevel.Information, "Recovered {Sessions} sessions from {Store} up to record {Sequence} in {Milliseconds} ms.")]
    public static partial void Recovered(ILogger logger, int sessions, string store, long sequence, long milliseconds);

    [LoggerMessage(2, LogLevel.Error, "A delegate for {Request} threw; the client was refused.")]
    public static partial void AuthorizationFailed(ILogger logger, Exception exception, string request);

    [LoggerMessage(
        3, LogLevel.Critical,
        "The server failed and accepts nothing more. What was not acknowledged may or may not be stored; the next start finds out.")]
    public static partial void Failed(ILogger logger, Exception exception);

    [LoggerMessage(4, LogLevel.Information, "Stopping: {Connections} connections are closed with 1001.")]
    public static partial void Stopping(ILogger logger, int connections);

    [LoggerMessage(5, LogLevel.Debug, "Connection {Connection} was refused with {Code}: {Reason}.")]
    public static partial void Refused(ILogger logger, string connection, int code, string reason);

    [LoggerMessage(
        6, LogLevel.Information,
        "A page of {Origin} was refused. To allow it, add it to the option AllowedOrigins, or to --allow-origin of the console host.")]
    public static partial void OriginRefused(ILogger logger, string origin);

    [LoggerMessage(7, LogLevel.Information, "The certificate of {Subject} in {Path} is used; it expires at {NotAfter:u}.")]
    public static partial void CertificateOpened(ILogger logger, string subject, string path, DateTimeOffset notAfter);

    [LoggerMessage(8, LogLevel.Warning, "The certificate of {Subject} in {Path} expired at {NotAfter:u}; clients will refuse it.")]
    public static partial void CertificateExpired(ILogger logger, string subject, string path, DateTimeOffset notAfter);

    [LoggerMessage(
        9, LogLevel.Warning,
        "The changed certificate in {Path} cannot be used: {Reason} The one before stays in use; it expires at {NotAfter:u}.")]
    public static partial void CertificateKept(ILogger logger, string path, string reason, DateTimeOffset notAfter);
}

using Microsoft.Extensions.Logging;

namespace MessageQueue.Diagnostics;

/// <summary>Log messages of the transport. Event ids 100 to 199.</summary>
internal static partial class TransportLog
{
    [LoggerMessage(100, LogLevel.Error, "The handler of a message failed; the connection {Connection} is closed")]
    public static partial void HandlerFailed(ILogger logger, Exception exception, string connection);

    [LoggerMessage(101, LogLevel.Error, "The handler failed at a notification about the connection {Connection}")]
    public static partial void NotificationFailed(ILogger logger, Exception exception, string connection);

    [LoggerMessage(102, LogLevel.Debug, "The connection {Connection} broke the protocol: {Violation}")]
    public static partial void Violation(ILogger logger, string connection, Enum violation);

    [LoggerMessage(103, LogLevel.Debug, "The connection {Connection} ended without a close frame")]
    public static partial void EndedAbruptly(ILogger logger, Exception? exception, string connection);

    [LoggerMessage(104, LogLevel.Debug, "The connection {Connection} showed no sign of life and is dropped")]
    public static partial void DroppedDead(ILogger logger, string connection);

    [LoggerMessage(
        105, LogLevel.Debug,
        "The connection {Connection} took no more of the bytes to be sent while it was closing, and is dropped")]
    public static partial void DroppedClosing(ILogger logger, string connection);

    [LoggerMessage(106, LogLevel.Debug, "Sending to the connection {Connection} failed")]
    public static partial void SendFailed(ILogger logger, Exception exception, string connection);

    [LoggerMessage(107, LogLevel.Error, "The heartbeat failed for one connection")]
    public static partial void HeartbeatFailed(ILogger logger, Exception exception);
}

namespace MessageQueue.Host.Client;

/// <summary>How an <see cref="EventConnection"/> ended.</summary>
/// <param name="Code">The server's close code; null where the connection broke without one.</param>
/// <param name="Reason">The server's reason, or what broke the connection.</param>
internal readonly record struct ConnectionEnd(int? Code, string Reason);

namespace MessageQueue.Handlers;

/// <summary>A client's data is not what the handler takes: the client's mistake, and told to it alone.</summary>
internal sealed class DataMismatchException(string message, Exception? innerException) : Exception(message, innerException);

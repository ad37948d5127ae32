namespace MessageQueue.Handlers;

/// <summary>A client's data does not fit the handler. This is the client's mistake, and only the client gets the error.</summary>
internal sealed class DataMismatchException(string message, Exception? innerException) : Exception(message, innerException);

namespace MessageQueue;

/// <summary>The answer of one session.</summary>
/// <param name="Session">The session that answered.</param>
/// <param name="Value">The answer.</param>
/// <typeparam name="T">The type that answers are read as.</typeparam>
public sealed record Answer<T>(Session Session, T Value);

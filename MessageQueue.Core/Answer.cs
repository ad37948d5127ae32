namespace MessageQueue;

/// <summary>What one session answered.</summary>
/// <param name="Session">Who answered.</param>
/// <param name="Value">The answer.</param>
/// <typeparam name="T">What answers are read as.</typeparam>
public sealed record Answer<T>(Session Session, T Value);

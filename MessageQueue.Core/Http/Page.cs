namespace MessageQueue.Http;

/// <summary>A part of a listing.</summary>
/// <param name="Rows">The rows.</param>
/// <param name="Total">How many there are in the whole listing, at about this moment.</param>
/// <param name="Next">What to ask for the rows that follow with; null where none do.</param>
internal readonly record struct Page<T>(IReadOnlyList<T> Rows, int Total, string? Next);

namespace MessageQueue.Http;

/// <summary>A part of a listing.</summary>
/// <param name="Rows">The rows.</param>
/// <param name="Total">The number of rows in the whole listing, at about this moment.</param>
/// <param name="Next">The value of <c>after</c> that asks for the following rows; null where there are none.</param>
internal readonly record struct Page<T>(IReadOnlyList<T> Rows, int Total, string? Next);

namespace MessageQueue.Tests.Conformance;

/// <summary>
/// All cases on an open connection, in the order of their numbers. The cases of the handshake are in <see cref="HandshakeCases"/>.
/// </summary>
internal static class ConformanceTable
{
    public static IEnumerable<ConformanceCase> Cases =>
    [
        .. FramingCases.All,
        .. PingCases.All,
        .. ReservedCases.All,
        .. FragmentationCases.All,
        .. Utf8Cases.All,
        .. ClosingCases.All,
        .. BigMessageCases.All,
    ];
}

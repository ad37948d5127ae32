using static MessageQueue.Tests.Conformance.Step;
using static MessageQueue.Tests.Infrastructure.RawWebSocket;

namespace MessageQueue.Tests.Conformance;

/// <summary>Section 9: messages up to the limit, cut into fragments and pieces of many sizes.</summary>
internal static class BigMessageCases
{
    private const int Limit = ConformanceTests.MaxBytes;
    private const string Taken = "pong x";

    private static readonly int[] Sizes = [64 * 1024, 256 * 1024, Limit];

    private static readonly int[] Cuts = [64, 256, 1024, 4096, 16384, 65536, 262144];

    public static IEnumerable<ConformanceCase> All => [.. Whole(), .. InFragments(), .. InPieces(), .. Others()];

    private static IEnumerable<ConformanceCase> Whole() => Sizes.Select((size, i) => new ConformanceCase(
        $"9.{i + 1}", "5.2", $"a message of {size} bytes", Frame(Text, Messages.FullPing(size)), Taken));

    private static IEnumerable<ConformanceCase> InFragments() => Cuts.Select((cut, i) => new ConformanceCase(
        $"9.{i + 11}", "5.4", $"a message of {Limit} bytes in fragments of {cut}",
        Messages.FragmentsOf(cut, Messages.FullPing(Limit)), Taken));

    private static IEnumerable<ConformanceCase> InPieces() => Cuts[1..].Select((cut, i) => new ConformanceCase(
        $"9.{i + 21}", "5.2", $"a message of {Limit} bytes in pieces of {cut + 1}",
        Chopped(Frame(Text, Messages.FullPing(Limit)), cut + 1), Taken));

    private static IEnumerable<ConformanceCase> Others() =>
    [
        new("9.31", "5.4", "a message of the limit in fragments of 1021 bytes and pieces of 4099",
            Chopped(Messages.FragmentsOf(1021, Messages.FullPing(Limit)), 4099), Taken),
        new("9.32", "5.2", "10 messages of 64 KiB in one piece",
            [(byte[])[.. Enumerable.Repeat(Frame(Text, Messages.FullPing(64 * 1024)), 10).SelectMany(frame => frame)],
                .. Enumerable.Repeat((Step)Taken, 10)]),
        new("9.33", "5.4", "a fragment more than the limit takes",
            Messages.FragmentsOf(65536, Messages.FullPing(Limit + 1)), "close 1009"),
        new("9.34", "8.1", "a byte that is not UTF-8 at the end of a message of the limit",
            Frame(Text, [.. Messages.FullPing(Limit)[..^1], 0xFF]), "close 1007"),
    ];
}

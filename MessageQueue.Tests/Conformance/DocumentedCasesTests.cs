using System.Globalization;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Conformance;

/// <summary>rfc6455-cases.md, beside this file, lists every case with its outcome.</summary>
internal sealed class DocumentedCasesTests
{
    private static IEnumerable<(string Number, string Row)> Cases =>
    [
        .. HandshakeCases.All.Select(
            one => (one.Number, Row(one.Number, one.Name, one.Rfc, one.Status.ToString(CultureInfo.InvariantCulture)))),
        .. ConformanceTable.Cases.Select(one => (one.Number, Row(one.Number, one.Name, one.Rfc, one.Outcome))),
    ];

    [Test]
    public void The_table_has_every_case_and_no_other()
    {
        string expected = string.Join('\n', Cases.Select(one => one.Row));
        string path = Path.Combine(TestContext.CurrentContext.WorkDirectory, "conformance-table.md");
        string[] documented = [.. Documents.Rows("rfc6455-cases.md").Where(line => char.IsAsciiDigit(line[2]))];

        if (!documented.SequenceEqual(expected.Split('\n')))
        {
            File.WriteAllText(path, expected + "\n");
            documented.Should().Equal(expected.Split('\n'), "the table of rfc6455-cases.md should be what is in {0}", path);
        }
    }

    [Test]
    public void Every_case_has_a_number_of_its_own() => Cases.Select(one => one.Number).Should().OnlyHaveUniqueItems();

    private static string Row(string number, string name, string rfc, string outcome) => $"| {number} | {name} | {rfc} | {outcome} |";
}

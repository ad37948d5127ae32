using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using MessageQueue.Protocol;
using MessageQueue.Protocol.Parsing;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Protocol;

/// <summary>docs/protocol.md and the code say the same, where that can be told without reading.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class SpecificationTests
{
    private static readonly string Text = File.ReadAllText(RepositoryRoot.Combine("docs", "protocol.md"));

    [Test]
    public void Every_error_code_has_its_row() => Constants(typeof(ErrorCode)).Should().OnlyContain(code => Text.Contains($"\n| `{code}` |", StringComparison.Ordinal));

    [Test]
    public void Every_close_code_has_its_row() => Constants(typeof(CloseCode)).Should().OnlyContain(code => Text.Contains($"\n| {code} |", StringComparison.Ordinal));

    [Test]
    public void Every_type_is_described() =>
        Enum.GetNames<ClientMessageType>().Should().OnlyContain(type => Text.Contains($"`{type.ToLowerInvariant()}`", StringComparison.Ordinal));

    [TestCaseSource(nameof(Types))]
    public void Every_type_lists_its_fields(ClientMessageType type)
    {
        string name = type.ToString().ToLowerInvariant();
        string row = Text.Split('\n').Single(line => line.StartsWith("| [", StringComparison.Ordinal) && line.Split('|')[1].Contains($"`{name}`", StringComparison.Ordinal));
        string[] documented = [.. Regex.Matches(row.Split('|')[2], @"`(\w+)`(\??)").Select(static field => field.Groups[1].Value + field.Groups[2].Value)];

        documented.Should().BeEquivalentTo(Envelope.Fields.Where(field => field.RequiredIn.Contains(type) || field.OptionalIn.Contains(type)).Select(field =>
            field.RequiredIn.Contains(type) || (type == ClientMessageType.Ack && field.Key is ("id" or "upTo")) ? field.Key : field.Key + "?"));
    }

    [Test]
    public void Every_field_has_room_for_its_state() => Envelope.Fields.Should().HaveCountLessThanOrEqualTo(FieldStates.Capacity);

    [Test]
    public void What_it_shows_being_typed_is_accepted()
    {
        string[] typed = [.. Text.Split('\n').Where(line => line.StartsWith("> ", StringComparison.Ordinal)).Select(line => line[2..])];
        typed.Should().NotBeEmpty();
        foreach (string json in typed)
        {
            Parsing.Accept(json);
        }
    }

    private static ClientMessageType[] Types() => Enum.GetValues<ClientMessageType>();

    private static IEnumerable<string> Constants(Type type) =>
        type.GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => Convert.ToString(field.GetRawConstantValue(), CultureInfo.InvariantCulture)!);
}

using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using MessageQueue.Protocol;
using MessageQueue.Protocol.Parsing;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Protocol;

/// <summary>Checks that docs/protocol.md and the code agree, as far as a test can see.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class SpecificationTests
{
    private static readonly string Text = File.ReadAllText(RepositoryRoot.Combine("docs", "protocol.md"));

    [Test]
    public void Every_error_code_has_its_row() =>
        Constants(typeof(ErrorCode)).Should().OnlyContain(code => Text.Contains($"\n| `{code}` |", StringComparison.Ordinal));

    [Test]
    public void Every_close_code_has_its_row() =>
        Constants(typeof(CloseCode)).Should().OnlyContain(code => Text.Contains($"\n| {code} |", StringComparison.Ordinal));

    [Test]
    public void Every_close_reason_tells_clients_to_reconnect_as_the_row_of_its_code_does()
    {
        CloseReason[] reasons = [.. typeof(CloseReason).GetFields(BindingFlags.Public | BindingFlags.Static)
            .Select(field => (CloseReason)field.GetValue(null)!)];
        reasons.Should().NotBeEmpty();
        foreach (CloseReason reason in reasons)
        {
            string row = Text.Split('\n').Single(
                line => line.StartsWith($"| {reason.Code} | ", StringComparison.Ordinal) && line.Count('|') == 4);
            row.EndsWith("| **no** |", StringComparison.Ordinal).Should().Be(!reason.Reconnects, row);
        }
    }

    [TestCaseSource(nameof(Types))]
    public void Every_type_lists_its_fields(ClientRequestType type)
    {
        string name = type.ToString().ToLowerInvariant();
        string row = Text.Split('\n').Single(
            line => line.StartsWith("| [", StringComparison.Ordinal) && line.Split('|')[1].Contains($"`{name}`", StringComparison.Ordinal));
        string[] documented =
            [.. Regex.Matches(row.Split('|')[2], @"`(\w+)`(\??)").Select(static field => field.Groups[1].Value + field.Groups[2].Value)];

        documented.Should().BeEquivalentTo(Envelope.Fields
            .Where(field => field.RequiredIn.Contains(type) || field.OptionalIn.Contains(type))
            .Select(field => IsRequired(field.Key, field.RequiredIn.Contains(type)) ? field.Key : field.Key + "?"));

        // An ack has one of `id` and `upTo`, and the document lists both as if they were required.
        bool IsRequired(string key, bool always) => always || (type == ClientRequestType.Ack && key is "id" or "upTo");
    }

    [Test]
    public void Every_field_has_room_for_its_state() => Envelope.Fields.Should().HaveCountLessThanOrEqualTo(FieldStates.Capacity);

    [Test]
    public void Every_type_is_described() =>
        Enum.GetNames<ClientRequestType>()
            .Should().OnlyContain(type => Text.Contains($"`{type.ToLowerInvariant()}`", StringComparison.Ordinal));

    [Test]
    public void Messages_shown_as_typed_are_accepted()
    {
        string[] typed = [.. Text.Split('\n').Where(line => line.StartsWith("> ", StringComparison.Ordinal)).Select(line => line[2..])];
        typed.Should().NotBeEmpty();
        foreach (string json in typed)
        {
            Parsing.Accept(json);
        }
    }

    private static ClientRequestType[] Types() => Enum.GetValues<ClientRequestType>();

    private static IEnumerable<string> Constants(Type type) =>
        type.GetFields(BindingFlags.Public | BindingFlags.Static)
            .Select(field => Convert.ToString(field.GetRawConstantValue(), CultureInfo.InvariantCulture)!);
}

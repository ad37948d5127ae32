namespace MessageQueue.Tests.Conformance;

/// <summary>One case: what a client does, and what becomes of it. A row of the table in docs/protocol.md.</summary>
/// <param name="Number">Section and position. A number is never given to another case.</param>
/// <param name="Rfc">The section of RFC 6455 that rules it.</param>
/// <param name="Name">What the client does.</param>
/// <param name="Steps">What is sent and what has to come, in this order.</param>
internal sealed record ConformanceCase(string Number, string Rfc, string Name, params Step[] Steps)
{
    /// <summary>What the table says of it: the close code, or that it is taken.</summary>
    public string Outcome => string.Join(" or ", Steps.Last(step => step.Answer is not null).Answer!.Split(" or ").Select(InTheTable));

    public override string ToString() => $"{Number} {Name}";

    private static string InTheTable(string answer) => answer switch
    {
        Answers.End => "ended",
        _ when answer.StartsWith(Answers.Close, StringComparison.Ordinal) => answer[Answers.Close.Length..],
        _ => "taken",
    };
}

namespace MessageQueue.Tests.Conformance;

/// <summary>One case: what a client does, and how the server answers. A row of the table in rfc6455-cases.md.</summary>
/// <param name="Number">Section and position. A number is never reused for another case.</param>
/// <param name="Rfc">The section of RFC 6455 with the rule.</param>
/// <param name="Name">What the client does.</param>
/// <param name="Steps">What the client sends and what the server must answer, in this order.</param>
internal sealed record ConformanceCase(string Number, string Rfc, string Name, params Step[] Steps)
{
    /// <summary>The outcome that the table shows: the close code, or that the server accepts it.</summary>
    public string Outcome => string.Join(" or ", Steps.Last(step => step.Answer is not null).Answer!.Split(" or ").Select(InTheTable));

    public override string ToString() => $"{Number} {Name}";

    private static string InTheTable(string answer) => answer switch
    {
        Answers.End => "ended",
        _ when answer.StartsWith(Answers.Close, StringComparison.Ordinal) => answer[Answers.Close.Length..],
        _ => "taken",
    };
}

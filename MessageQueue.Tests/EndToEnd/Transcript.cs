using System.Text.RegularExpressions;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.EndToEnd;

/// <summary>The transcript in the README: the one block that begins with a comment that names a window.</summary>
internal static partial class Transcript
{
    /// <summary>Its steps, in order.</summary>
    public static IReadOnlyList<TranscriptStep> Read()
    {
        string readme = File.ReadAllText(RepositoryRoot.Combine("README.md"));
        string block = Block().Matches(readme).Select(match => match.Groups[1].Value).Single(text => Window().IsMatch(text));
        List<TranscriptStep> steps = [];
        string window = "";
        foreach (string line in block.Split('\n').Where(line => line.Trim().Length > 0))
        {
            if (Window().Match(line) is { Success: true } heading)
            {
                window = heading.Groups[1].Value;
            }
            else
            {
                steps.Add(Parse(window, line));
            }
        }

        return steps;
    }

    private static TranscriptStep Parse(string window, string line) => line switch
    {
        "^C" => new(window, TranscriptAction.Close, line),
        ['$', ' ', ..] => new(window, TranscriptAction.Run, line[2..]),
        ['>', ' ', ..] => new(window, TranscriptAction.Type, line[2..]),
        ['<', ' ', ..] => new(window, TranscriptAction.Receive, line[2..]),
        _ => new(window, TranscriptAction.See, line),
    };

    [GeneratedRegex(@"```\w*\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex(@"^# ([\w ]+ window)\b", RegexOptions.Multiline)]
    private static partial Regex Window();
}

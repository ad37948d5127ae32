namespace MessageQueue.Tests.EndToEnd;

/// <summary>One line of the transcript in the README.</summary>
/// <param name="Window">The window it stands in.</param>
/// <param name="Action">The kind of line.</param>
/// <param name="Text">The line, without the mark that shows its kind.</param>
internal sealed record TranscriptStep(string Window, TranscriptAction Action, string Text);

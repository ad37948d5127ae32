namespace MessageQueue.Tests.EndToEnd;

/// <summary>The kinds of lines in the transcript.</summary>
internal enum TranscriptAction
{
    /// <summary><c>$ command</c></summary>
    Run,

    /// <summary><c>&gt; message</c></summary>
    Type,

    /// <summary><c>&lt; frame</c></summary>
    Receive,

    /// <summary><c>^C</c></summary>
    Close,

    /// <summary>Anything else: what wscat prints by itself.</summary>
    See,
}

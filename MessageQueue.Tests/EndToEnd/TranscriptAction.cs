namespace MessageQueue.Tests.EndToEnd;

/// <summary>What a line of the transcript is.</summary>
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

    /// <summary>Anything else: what wscat says by itself.</summary>
    See,
}

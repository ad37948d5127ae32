using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Conformance;

/// <summary>The client of a case, on a bare socket.</summary>
internal sealed class Peer(TestServer server, RawWebSocket socket)
{
    /// <summary>The session of the client.</summary>
    public const string Query = "session=peer&room=lobby";

    /// <summary>The server.</summary>
    public TestServer Server => server;

    /// <summary>The socket.</summary>
    public RawWebSocket Socket => socket;

    /// <summary>Whether the client sent its close frame.</summary>
    public bool SentClose { get; set; }

    /// <summary>The last answer.</summary>
    public string LastAnswer { get; private set; } = "";

    /// <summary>Checks that the next frame is one of these answers.</summary>
    public async Task ExpectAsync(params string[] answers)
    {
        LastAnswer = Answers.Describe(await socket.ReadAsync());
        LastAnswer.Should().BeOneOf(answers);
    }

    /// <summary>
    /// Checks the connection after the case: a closed one ends without a reset once both sides have sent a close frame, and an open one
    /// still answers messages.
    /// </summary>
    public async Task FinishAsync()
    {
        if (LastAnswer == Answers.End)
        {
            return;
        }

        if (!LastAnswer.StartsWith(Answers.Close, StringComparison.Ordinal))
        {
            await socket.SendAsync(RawWebSocket.TextFrame("""{"type":"ping","id":"still here"}"""));
            await ExpectAsync(Answers.Message("still here"));
            return;
        }

        if (!SentClose)
        {
            await socket.SendAsync(RawWebSocket.CloseFrame(1000));
        }

        await ExpectAsync(Answers.End);
        socket.WasReset.Should().BeFalse();
    }
}

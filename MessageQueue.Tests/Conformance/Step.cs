namespace MessageQueue.Tests.Conformance;

/// <summary>A step of a case: bytes are sent, and a string is the answer that must come (see <see cref="Answers"/>).</summary>
internal sealed class Step
{
    private readonly Func<Peer, Task> _run;

    private Step(Func<Peer, Task> run, string? answer = null)
    {
        _run = run;
        Answer = answer;
    }

    /// <summary>The answer that must come; null if the step is an action.</summary>
    public string? Answer { get; }

    public static implicit operator Step(byte[] bytes) => new(peer => peer.Socket.SendAsync(bytes));

    public static implicit operator Step(string answer) => new(peer => peer.ExpectAsync(answer), answer);

    /// <summary>Sends byte by byte.</summary>
    public static Step Chopped(byte[] bytes) => Chopped(bytes, 1);

    /// <summary>Sends the header byte by byte and the rest in pieces, because the longest frames would otherwise take too long.</summary>
    public static Step Chopped(byte[] bytes, int pieceBytes) => new(async peer =>
    {
        const int LongestHeader = 14;
        for (int sent = 0; sent < bytes.Length;)
        {
            int piece = Math.Min(sent < LongestHeader ? 1 : pieceBytes, bytes.Length - sent);
            await peer.Socket.SendAsync(bytes.AsMemory(sent, piece));
            sent += piece;
        }
    });

    /// <summary>Sends bytes that include the client's close frame, valid or not. The client does not send another one.</summary>
    public static Step Bye(params byte[][] frames) => new(peer =>
    {
        peer.SentClose = true;
        return peer.Socket.SendAsync(frames.SelectMany(frame => frame).ToArray());
    });

    /// <summary>Runs any other action.</summary>
    public static Step Do(Func<Peer, Task> run) => new(run);

    /// <summary>Expects one of two answers.</summary>
    public static Step Either(string one, string other) => new(peer => peer.ExpectAsync(one, other), $"{one} or {other}");

    public Task RunAsync(Peer peer) => _run(peer);
}

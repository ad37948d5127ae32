namespace MessageQueue.Tests.Conformance;

/// <summary>A step of a case: bytes stand for sending them, a string for the answer that has to come (see <see cref="Answers"/>).</summary>
internal sealed class Step
{
    private readonly Func<Peer, Task> _run;

    private Step(Func<Peer, Task> run, string? answer = null)
    {
        _run = run;
        Answer = answer;
    }

    /// <summary>The answer that has to come; null where the step does something.</summary>
    public string? Answer { get; }

    public static implicit operator Step(byte[] bytes) => new(peer => peer.Socket.SendAsync(bytes));

    public static implicit operator Step(string answer) => new(peer => peer.ExpectAsync(answer), answer);

    /// <summary>Sends byte by byte.</summary>
    public static Step Chopped(byte[] bytes) => Chopped(bytes, 1);

    /// <summary>Sends the header byte by byte and the rest in pieces: the longest frames would take too long otherwise.</summary>
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

    /// <summary>Sends something that holds the client's close frame, good or bad. It is not going to send another.</summary>
    public static Step Bye(params byte[][] frames) => new(peer =>
    {
        peer.SentClose = true;
        return peer.Socket.SendAsync(frames.SelectMany(frame => frame).ToArray());
    });

    /// <summary>Anything else.</summary>
    public static Step Do(Func<Peer, Task> run) => new(run);

    /// <summary>That one of two answers comes.</summary>
    public static Step Either(string one, string other) => new(peer => peer.ExpectAsync(one, other), $"{one} or {other}");

    public Task RunAsync(Peer peer) => _run(peer);
}

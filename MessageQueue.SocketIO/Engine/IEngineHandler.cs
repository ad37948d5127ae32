namespace MessageQueue.SocketIO.Engine;

/// <summary>
/// Receives the messages of one Engine.IO connection. Calls come one at a time and in order, also across an upgrade from polling to
/// WebSocket. <see cref="OnPinging"/>, <see cref="OnDrained"/>, <see cref="OnTick"/> and <see cref="Abandon"/> are different: they may
/// come on any thread and at any time, also just after the end, and must not block or throw.
/// </summary>
internal interface IEngineHandler
{
    /// <summary>
    /// Handles the content of a text message: valid UTF-8, without the packet type. The memory is valid until the task completes, and only
    /// then is the next message read. So a slow handler delays its own client and no other.
    /// </summary>
    ValueTask OnTextAsync(ReadOnlyMemory<byte> text);

    /// <summary>Handles a binary message; otherwise as <see cref="OnTextAsync"/>.</summary>
    ValueTask OnBinaryAsync(ReadOnlyMemory<byte> data);

    /// <summary>
    /// There is at most one unanswered ping at a time.
    /// </summary>
    void OnPinging();

    /// <summary>Reports that the client answered that ping. So it has received everything that was written before the ping.</summary>
    ValueTask OnPongAsync();

    /// <summary>Reports that an output that refused a frame has room again.</summary>
    void OnDrained();

    /// <summary>
    /// Reports that time passes, so that no connection needs a timer of its own. Comes a few times per interval of the options, for as long
    /// as the connection is open.
    /// </summary>
    /// <param name="now">The timestamp of the server's clock.</param>
    void OnTick(long now);

    /// <summary>Releases whoever waits for this connection: the server is ending, and nothing more will be answered.</summary>
    void Abandon()
    {
    }

    /// <summary>
    /// Reports the end of the connection. Called exactly once, after the last message. Once the task has completed, nothing may write to
    /// the connection any more.
    /// </summary>
    ValueTask OnClosedAsync();
}

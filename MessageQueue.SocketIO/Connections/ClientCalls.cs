using MessageQueue.Protocol;

namespace MessageQueue.SocketIO.Connections;

/// <summary>
/// The client's events that expect an answer: recognises repetitions, if the server knows the client's page, and finds the id to answer.
/// </summary>
/// <param name="isRecovered">Whether the client was connected before.</param>
internal sealed class ClientCalls(bool isRecovered)
{
    private bool _hasCalled;
    private (long Number, long RepeatedAs) _repeated = (-1, -1);

    /// <summary>The client's page; null if it is not known. Set before the first event.</summary>
    public PageLife? Page { get; set; }

    /// <summary>
    /// Returns the reference for an event: one by which a repetition is recognised, if the page is known. Called one at a time.
    /// </summary>
    /// <param name="id">The client's id of the event.</param>
    /// <param name="content">The payload.</param>
    /// <param name="names">Holds the reference.</param>
    public ReadOnlyMemory<byte> ReferenceOf(long id, ReadOnlySpan<byte> content, NameBuffer names)
    {
        if (Page is not { } page)
        {
            return CallReference.Write(names, id);
        }

        ulong hash = CallReference.Hash(content);
        long number = page.Recognise(id, hash, isFirst: !_hasCalled && isRecovered);
        _hasCalled = true;
        if (number != id)
        {
            _repeated = (number, id);
        }

        return CallReference.Write(names, page.Id, number, hash);
    }

    /// <summary>Returns the client's id of the event to answer, which is the last one under which it sent the event.</summary>
    /// <param name="number">The id in the reference.</param>
    public long IdOf(long number) => number == _repeated.Number ? _repeated.RepeatedAs : number;
}

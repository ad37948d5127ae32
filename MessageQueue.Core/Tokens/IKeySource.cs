namespace MessageQueue.Tokens;

/// <summary>A place where keys come from, and where they may change. Thread-safe.</summary>
internal interface IKeySource
{
    /// <summary>
    /// Returns the keys as they were last read. The same list means that nothing has changed. Null where none could be read yet. Never
    /// throws because the place cannot be read: that is logged, and the keys from before stay.
    /// </summary>
    /// <param name="isMissing">
    /// Whether the keys that were returned before did not fit a token. Then the place is read again first, unless that was done a short
    /// time ago: tokens of strangers must not cause more reading than that.
    /// </param>
    ValueTask<IReadOnlyList<TokenKey>?> GetAsync(bool isMissing);
}

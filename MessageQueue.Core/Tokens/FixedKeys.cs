namespace MessageQueue.Tokens;

/// <summary>Keys that never change.</summary>
internal sealed class FixedKeys(IReadOnlyList<TokenKey> keys) : IKeySource
{
    /// <inheritdoc />
    public ValueTask<IReadOnlyList<TokenKey>?> GetAsync(bool isMissing) => new(keys);
}

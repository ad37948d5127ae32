using Microsoft.IdentityModel.Tokens;

namespace MessageQueue.Tokens;

/// <summary>A key that signatures are checked with. It belongs to one algorithm, so that no token can choose another for it.</summary>
/// <param name="Algorithm">The only algorithm that it is used for: one of <see cref="TokenAlgorithms"/>.</param>
/// <param name="Id">Its id, the <c>kid</c> of tokens; null for a key without one, which fits every <c>kid</c>.</param>
/// <param name="Key">The key.</param>
internal sealed record TokenKey(string Algorithm, string? Id, SecurityKey Key)
{
    /// <summary>Returns whether a token with this header may have been signed with it.</summary>
    public bool Fits(string algorithm, string? id) => Algorithm == algorithm && (id is null || Id is null || Id == id);
}

using System.Runtime.CompilerServices;

namespace MessageQueue.Protocol.Parsing;

/// <summary>
/// A state for every <see cref="MessageField"/>, indexed by it. Kept until the whole object was read: a later duplicate of a key replaces an earlier one,
/// fault included, and a fault in a field that the type does not have is none.
/// </summary>
[InlineArray((int)MessageField.Delay + 1)]
internal struct FieldStates
{
    private FieldState _first;

    /// <summary>Whether the field was there, valid or not.</summary>
    public readonly bool Has(MessageField field) => this[(int)field] != FieldState.Missing;
}

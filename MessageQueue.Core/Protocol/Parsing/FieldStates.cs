using System.Runtime.CompilerServices;

namespace MessageQueue.Protocol.Parsing;

/// <summary>
/// Holds a state for every row of <see cref="Envelope"/>, by its index. The states are checked after the whole object was read. So a later
/// duplicate of a key replaces an earlier one, including its error, and an error in a field that the type does not have is ignored.
/// </summary>
[InlineArray(Capacity)]
internal struct FieldStates
{
    /// <summary>The most rows that the table may have; a test checks it.</summary>
    public const int Capacity = 16;

    private FieldState _first;

    /// <summary>Returns whether the field was present, valid or not.</summary>
    public readonly bool Has(int field) => this[field] != FieldState.Missing;
}

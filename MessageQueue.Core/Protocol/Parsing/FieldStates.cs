using System.Runtime.CompilerServices;

namespace MessageQueue.Protocol.Parsing;

/// <summary>
/// Holds a state for every row of <see cref="Envelope"/>, by its index. It is judged after the whole object was read: a later duplicate of
/// a key replaces an earlier one, fault included, and a fault in a field that the type does not have does not count.
/// </summary>
[InlineArray(Capacity)]
internal struct FieldStates
{
    /// <summary>The largest number of rows; a test holds the table to it.</summary>
    public const int Capacity = 16;

    private FieldState _first;

    /// <summary>Returns whether the field was there, valid or not.</summary>
    public readonly bool Has(int field) => this[field] != FieldState.Missing;
}

namespace MessageQueue;

/// <summary>
/// Several arguments of one event, or several values of one answer. Pass it as the data to any <c>EmitAsync</c> or <c>EmitWithAckAsync</c>,
/// or return it from a handler. Receivers that speak Socket.IO get separate arguments. Receivers of the JSON protocol get an array, and
/// <c>"args":true</c>. Immutable.
/// </summary>
/// <remarks>
/// <para><c>await chat.To("game").EmitAsync("move", new Arguments("knight", 3, 5));</c></para>
/// <para>Each value is written by its own type, with the metadata of <see cref="MessageQueueOptions.JsonSerializerOptions"/>; null is
/// JSON's null. For a type without metadata there, pass a <see cref="System.Text.Json.JsonElement"/>. One value is the same as that value
/// alone, and none is the same as no data.</para>
/// </remarks>
public sealed class Arguments
{
    private readonly object?[] _values;

    /// <param name="values">The values, in their order. An array of objects that is passed alone counts as the values.</param>
    /// <exception cref="ArgumentException">A value consists of several arguments itself.</exception>
    public Arguments(params ReadOnlySpan<object?> values)
    {
        _values = values.ToArray();
        if (_values.Any(static value => value is Arguments or ReceivedArguments))
        {
            throw new ArgumentException("A value of several arguments cannot consist of several arguments itself.", nameof(values));
        }
    }

    internal ReadOnlySpan<object?> Values => _values;
}

using System.Text.Json;

namespace MessageQueue.Protocol.Parsing;

/// <summary>
/// Reads the text in one pass: every known field into the message, and what became of it into the states. <see cref="MessageRules"/> judges
/// them afterwards.
/// </summary>
internal ref struct MessageReader(ReadOnlyMemory<byte> utf8, MessageLimits limits, ClientRequest message)
{
    private readonly MessageLimits _limits = limits;
    private readonly ClientRequest _message = message;
    private JsonScanner _json = new(utf8, message.NameBuffer);
    private FieldStates _states;

    /// <summary>What became of each field.</summary>
    public readonly FieldStates States => _states;

    /// <summary>Whether the text was nested too deep.</summary>
    public readonly bool IsTooDeep => _json.IsTooDeep;

    /// <summary>
    /// Reads all of the text. False if it is one JSON value, but not an object; <see cref="JsonException"/> if it is not one JSON value.
    /// </summary>
    public bool Read()
    {
        _json.Read();
        bool isObject = _json.TokenType == JsonTokenType.StartObject;
        if (!isObject)
        {
            _json.Skip();
        }
        else
        {
            while (_json.Read() && _json.TokenType != JsonTokenType.EndObject)
            {
                int field = _json.ReadKey();
                _json.Read();
                ReadField(field);
            }
        }

        // Throws if anything follows.
        _json.Read();
        return isObject;
    }

    private void ReadField(int field)
    {
        if (field < 0)
        {
            _json.Skip();
        }
        else if (field == Envelope.Numbers)
        {
            ReadId();
        }
        else
        {
            _states[field] = Envelope.Fields[field].Read(ref _json, _limits, _message);
        }
    }

    // `id` is read as what it is; which of the two it had to be is known when the type is.
    private void ReadId()
    {
        (int valued, int other) = _json.TokenType == JsonTokenType.String
            ? (Envelope.Reference, Envelope.Numbers)
            : (Envelope.Numbers, Envelope.Reference);
        _message.Reference = default;
        _message.Ids.Clear();
        _states[valued] = Envelope.Fields[valued].Read(ref _json, _limits, _message);
        _states[other] = FieldState.Mistyped;
    }
}

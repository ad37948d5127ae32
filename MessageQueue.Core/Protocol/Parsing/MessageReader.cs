using System.Text.Json;

namespace MessageQueue.Protocol.Parsing;

/// <summary>
/// Reads the text in one pass: the value of every known field into the message, and the result of reading it into the states.
/// <see cref="MessageRules"/> checks the states afterwards.
/// </summary>
internal ref struct MessageReader(ReadOnlyMemory<byte> utf8, MessageLimits limits, ClientRequest message)
{
    private readonly MessageLimits _limits = limits;
    private readonly ClientRequest _message = message;
    private JsonScanner _json = new(utf8, message.NameBuffer);
    private FieldStates _states;

    /// <summary>The result of reading each field.</summary>
    public readonly FieldStates States => _states;

    /// <summary>Whether the text was nested too deep.</summary>
    public readonly bool IsTooDeep => _json.IsTooDeep;

    /// <summary>
    /// Reads the whole text. Returns false if it is one JSON value, but not an object. Throws <see cref="JsonException"/> if it is not one
    /// JSON value.
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

        // Throws if anything follows the object.
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

    // `id` is read as the kind that it is. Which kind it should be is known once the type is known.
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

using System.Text.Json;

namespace MessageQueue.Protocol;

/// <summary>The pass over the text: every known field into the message, and what became of it into the states. What the type demands is <see cref="MessageRules"/>.</summary>
internal ref struct MessageReader(ReadOnlyMemory<byte> utf8, int maxRooms, ClientMessage message)
{
    /// <summary>The longest <c>delay</c> of a nack: a day, in milliseconds. What is to wait longer than that is to be acknowledged and kept by the receiver.</summary>
    public const long MaxDelay = 24 * 60 * 60 * 1000;

    private readonly int _maxRooms = maxRooms;
    private readonly ClientMessage _message = message;
    private JsonScanner _json = new(utf8, message.Scratch);
    private FieldStates _states;

    /// <summary>What became of each field.</summary>
    public readonly FieldStates States => _states;

    /// <summary>Whether the text was nested too deep.</summary>
    public readonly bool IsTooDeep => _json.IsTooDeep;

    /// <summary>Reads all of the text. False if it is one JSON value, but not an object; <see cref="JsonException"/> if it is not one JSON value.</summary>
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
                MessageField field = _json.ReadKey();
                _json.Read();
                ReadField(field);
            }
        }

        // Throws if anything follows.
        _json.Read();
        return isObject;
    }

    private void ReadField(MessageField field)
    {
        switch (field)
        {
            case MessageField.None:
                _json.Skip();
                return;
            case MessageField.Reference:
                ReadId();
                return;
            default:
                _states[(int)field] = ReadValue(field);
                return;
        }
    }

    private FieldState ReadValue(MessageField field)
    {
        FieldState state;
        ReadOnlyMemory<byte> text;
        long number;
        bool flag;
        switch (field)
        {
            case MessageField.Type:
                return ReadType();
            case MessageField.Event:
                state = ReadName(out text);
                _message.Event = text;
                return state;
            case MessageField.Data:
                _message.Data = _json.ReadRaw();
                return FieldState.Valid;
            case MessageField.To:
                return ReadTargets();
            case MessageField.Room:
                state = _json.ReadText(out text);
                _message.Room = text;
                return state == FieldState.Valid ? Names.CheckRoom(text.Span) : state;
            case MessageField.Echo:
                state = _json.ReadBoolean(out flag);
                _message.Echo = flag;
                return state;
            case MessageField.Volatile:
                state = _json.ReadBoolean(out flag);
                _message.Volatile = flag;
                return state;
            case MessageField.TimeToLive:
                state = _json.ReadInteger(1, JsonScanner.MaxSafeInteger, out number);
                _message.TimeToLive = number;
                return state;
            case MessageField.UpTo:
                state = _json.ReadInteger(0, JsonScanner.MaxSafeInteger, out number);
                _message.UpTo = number;
                return state;
            default:
                state = _json.ReadInteger(0, MaxDelay, out number);
                _message.Delay = number;
                return state;
        }
    }

    private FieldState ReadType()
    {
        FieldState state = _json.ReadText(out ReadOnlyMemory<byte> name);
        if (state == FieldState.Mistyped)
        {
            return state;
        }

        // Any other string, however odd, is an unknown type.
        bool known = MessageTypes.TryFind(name.Span, out ClientMessageType type);
        _message.Type = type;
        return known ? FieldState.Valid : FieldState.NotAllowed;
    }

    private FieldState ReadName(out ReadOnlyMemory<byte> name)
    {
        FieldState state = _json.ReadText(out name);
        return state == FieldState.Valid ? Names.Check(name.Span) : state;
    }

    private void ReadId()
    {
        _message.Ids.Clear();
        FieldState reference = FieldState.Mistyped;
        FieldState numbers = FieldState.Mistyped;
        ReadOnlyMemory<byte> name = default;
        switch (_json.TokenType)
        {
            case JsonTokenType.String:
                reference = ReadName(out name);
                break;
            case JsonTokenType.Number:
                numbers = ReadNumber();
                break;
            case JsonTokenType.StartArray:
                numbers = ReadNumbers();
                break;
            default:
                _json.Skip();
                break;
        }

        _message.Reference = reference == FieldState.Valid ? name : default;
        _states[(int)MessageField.Reference] = reference;
        _states[(int)MessageField.Numbers] = numbers;
    }

    private FieldState ReadNumbers()
    {
        FieldState state = FieldState.Empty;
        bool faulty = false;
        while (_json.Read() && _json.TokenType != JsonTokenType.EndArray)
        {
            if (faulty)
            {
                _json.Skip();
                continue;
            }

            state = ReadNumber();
            faulty = state != FieldState.Valid;
        }

        return state;
    }

    private FieldState ReadNumber()
    {
        FieldState state = _json.ReadInteger(1, JsonScanner.MaxSafeInteger, out long number);
        if (state == FieldState.Valid)
        {
            _message.Ids.Add(number);
        }

        return state;
    }

    private FieldState ReadTargets()
    {
        _message.To.Clear();
        if (_json.TokenType != JsonTokenType.StartArray)
        {
            return ReadTarget();
        }

        FieldState state = FieldState.Empty;
        bool faulty = false;
        while (_json.Read() && _json.TokenType != JsonTokenType.EndArray)
        {
            if (faulty)
            {
                _json.Skip();
                continue;
            }

            state = ReadTarget();
            faulty = state != FieldState.Valid;
        }

        return state;
    }

    private FieldState ReadTarget()
    {
        if (_message.To.Count == _maxRooms)
        {
            _json.Skip();
            return FieldState.TooMany;
        }

        FieldState state = _json.ReadText(out ReadOnlyMemory<byte> target);
        state = state == FieldState.Valid ? Names.CheckTarget(target.Span) : state;
        if (state == FieldState.Valid)
        {
            _message.To.Add(target);
        }

        return state;
    }
}

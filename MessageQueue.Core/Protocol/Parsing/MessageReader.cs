using System.Text.Json;

namespace MessageQueue.Protocol.Parsing;

/// <summary>
/// The pass over the text: every known field into the message, and what became of it into the states.
/// What the type demands is <see cref="MessageRules"/>.
/// </summary>
internal ref struct MessageReader(ReadOnlyMemory<byte> utf8, MessageLimits limits, ClientRequest message)
{
    /// <summary>
    /// The longest <c>delay</c> of a nack: a day, in milliseconds. What has to wait longer is better acknowledged and kept by the receiver.
    /// </summary>
    public const long MaxDelay = 24 * 60 * 60 * 1000;

    private readonly MessageLimits _limits = limits;
    private readonly ClientRequest _message = message;
    private JsonScanner _json = new(utf8, message.NameBuffer);
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
                (_states[(int)MessageField.Reference], _states[(int)MessageField.Numbers]) = FieldReader.ReadId(ref _json, _limits.Numbers, _message);
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
                return FieldReader.ReadType(ref _json, _message);
            case MessageField.Event:
                state = FieldReader.ReadName(ref _json, out text);
                _message.Event = text;
                return state;
            case MessageField.Data:
                _message.Data = _json.ReadRaw();
                return FieldState.Valid;
            case MessageField.To:
                return FieldReader.ReadTargets(ref _json, _limits.Rooms, _message.To);
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
}

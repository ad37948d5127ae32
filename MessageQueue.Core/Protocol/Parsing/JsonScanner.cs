using System.Text.Json;

namespace MessageQueue.Protocol.Parsing;

/// <summary>
/// A <see cref="Utf8JsonReader"/> that continues beyond the depth limit and remembers that it was exceeded. So an <c>id</c> after data that
/// is nested too deep is still found, and the error can name it. Text that is not JSON causes a <see cref="JsonException"/>.
/// </summary>
internal ref struct JsonScanner(ReadOnlyMemory<byte> utf8, NameBuffer names)
{
    /// <summary>How deep arrays and objects may nest, including the message itself.</summary>
    public const int MaxDepth = 64;

    /// <summary>
    /// The longest target, 129 code points, each written as two <c>\uXXXX</c>. A longer text is too long for a name in any case and is not
    /// unescaped.
    /// </summary>
    private const int MaxEscapedBytes = (Names.MaxNameCharacters + 1) * 12;

    /// <summary>The largest integer that every JSON reader reads exactly, including JavaScript's: 2^53 - 1.</summary>
    public const long MaxSafeInteger = (1L << 53) - 1;

    private readonly ReadOnlyMemory<byte> _utf8 = utf8;
    private readonly NameBuffer _names = names;
    private Utf8JsonReader _json = new(utf8.Span, new JsonReaderOptions { MaxDepth = int.MaxValue });

    /// <summary>The kind of the current token.</summary>
    public readonly JsonTokenType TokenType => _json.TokenType;

    /// <summary>Whether anything read so far is nested deeper than <see cref="MaxDepth"/>.</summary>
    public bool IsTooDeep { get; private set; }

    /// <summary>Moves to the next token. Returns false at the end, if only white space followed.</summary>
    public bool Read() => _json.Read();

    /// <summary>Returns the row of <see cref="Envelope"/> for the key at which the reader is; -1 for a key to ignore.</summary>
    public int ReadKey() => Envelope.Find(ref _json, _names);

    /// <summary>Moves to the end of the current value.</summary>
    public void Skip()
    {
        if (_json.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray))
        {
            return;
        }

        int depth = _json.CurrentDepth;
        do
        {
            _json.Read();
            // At the start of an array or object, CurrentDepth counts the containers around it: if there are 64 of them, this one is the
            // 65th. Plain values inside 64 containers are allowed.
            IsTooDeep |= _json.CurrentDepth >= MaxDepth && _json.TokenType is (JsonTokenType.StartObject or JsonTokenType.StartArray);
        }
        while (_json.CurrentDepth > depth);
    }

    /// <summary>Returns the current value as its original JSON text.</summary>
    public ReadOnlyMemory<byte> ReadRaw()
    {
        int start = (int)_json.TokenStartIndex;
        Skip();
        return _utf8[start..(int)_json.BytesConsumed];
    }

    /// <summary>
    /// Returns the current value as a string without escapes: a slice of the input if it has none, else of the buffer for names. Does not
    /// check the length, except to stop early.
    /// </summary>
    public FieldState ReadText(out ReadOnlyMemory<byte> text)
    {
        text = default;
        if (_json.TokenType != JsonTokenType.String)
        {
            Skip();
            return FieldState.Mistyped;
        }

        int length = _json.ValueSpan.Length;
        if (!_json.ValueIsEscaped)
        {
            text = _utf8.Slice((int)_json.TokenStartIndex + 1, length);
            return FieldState.Valid;
        }

        if (length > MaxEscapedBytes)
        {
            return FieldState.TooLong;
        }

        return TryUnescape(ref _json, _names, out text) ? FieldState.Valid : FieldState.NotUnicode;
    }

    /// <summary>Unescapes the current string of a reader. Returns false if it is not Unicode text, as <c>"\ud800"</c> is not.</summary>
    public static bool TryUnescape(ref Utf8JsonReader json, NameBuffer names, out ReadOnlyMemory<byte> text)
    {
        try
        {
            // Unescaping never makes a string longer.
            text = names.Take(json.CopyString(names.GetSpan(json.ValueSpan.Length)));
            return true;
        }
        catch (InvalidOperationException)
        {
            text = default;
            return false;
        }
    }

    /// <summary>
    /// Returns the current value as an integer. <c>1.0</c> and <c>1e3</c> are integers too, as for <c>JSON.parse</c>. <c>1.5</c> is not,
    /// and nothing is rounded.
    /// </summary>
    public FieldState ReadInteger(long minimum, long maximum, out long value)
    {
        value = 0;
        if (_json.TokenType != JsonTokenType.Number)
        {
            Skip();
            return FieldState.Mistyped;
        }

        if (!_json.TryGetInt64(out value))
        {
            if (!_json.TryGetDecimal(out decimal number))
            {
                return FieldState.OutOfRange;
            }

            if (number != decimal.Truncate(number))
            {
                return FieldState.Mistyped;
            }

            if (number < minimum || number > maximum)
            {
                return FieldState.OutOfRange;
            }

            value = (long)number;
        }

        return value >= minimum && value <= maximum ? FieldState.Valid : FieldState.OutOfRange;
    }

    /// <summary>Returns the current value as true or false.</summary>
    public FieldState ReadBoolean(out bool value)
    {
        value = _json.TokenType == JsonTokenType.True;
        if (value || _json.TokenType == JsonTokenType.False)
        {
            return FieldState.Valid;
        }

        Skip();
        return FieldState.Mistyped;
    }
}

using System.Text.Json;

namespace MessageQueue.Protocol.Parsing;

/// <summary>
/// A <see cref="Utf8JsonReader"/> that goes on past the depth limit and remembers it, so that an <c>id</c> behind data nested too deep is
/// still found and the error can name it. What is no JSON makes it throw <see cref="JsonException"/>.
/// </summary>
internal ref struct JsonScanner(ReadOnlyMemory<byte> utf8, NameBuffer names)
{
    /// <summary>How deep arrays and objects may nest, the message itself included.</summary>
    public const int MaxDepth = 64;

    /// <summary>
    /// A target of 129 code points, each written as two <c>\uXXXX</c>. What is longer is too long a name, and not worth the unescaping.
    /// </summary>
    private const int MaxEscapedBytes = (Names.MaxNameCharacters + 1) * 12;

    /// <summary>The largest integer that every JSON reader reads exactly, JavaScript's included: 2^53 - 1.</summary>
    public const long MaxSafeInteger = (1L << 53) - 1;

    private readonly ReadOnlyMemory<byte> _utf8 = utf8;
    private readonly NameBuffer _names = names;
    private Utf8JsonReader _json = new(utf8.Span, new JsonReaderOptions { MaxDepth = int.MaxValue });

    /// <summary>The kind of the current token.</summary>
    public readonly JsonTokenType TokenType => _json.TokenType;

    /// <summary>Whether anything read so far was nested deeper than <see cref="MaxDepth"/>.</summary>
    public bool IsTooDeep { get; private set; }

    /// <summary>Goes to the next token; false at the end, after which nothing but white space came.</summary>
    public bool Read() => _json.Read();

    /// <summary>Returns the row of <see cref="Envelope"/> whose key the reader is at; -1 for a key to ignore.</summary>
    public int ReadKey() => Envelope.Find(ref _json, _names);

    /// <summary>Goes to the end of the current value.</summary>
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
            // The start of an array or object counts the containers around it: with 64 of them it is the 65th. Values inside of 64 are
            // allowed.
            IsTooDeep |= _json.CurrentDepth >= MaxDepth && _json.TokenType is (JsonTokenType.StartObject or JsonTokenType.StartArray);
        }
        while (_json.CurrentDepth > depth);
    }

    /// <summary>The current value as the JSON text that it is.</summary>
    public ReadOnlyMemory<byte> ReadRaw()
    {
        int start = (int)_json.TokenStartIndex;
        Skip();
        return _utf8[start..(int)_json.BytesConsumed];
    }

    /// <summary>
    /// The current value as a string without escapes: a slice of the input where it has none, else of the buffer for names.
    /// Its length is not looked at, but to stop early.
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

    /// <summary>Unescapes the current string of a reader. False if it is no Unicode text, as <c>"\ud800"</c> is not.</summary>
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
    /// The current value as an integer. <c>1.0</c> and <c>1e3</c> are integers too, as they are to <c>JSON.parse</c>; <c>1.5</c> is not,
    /// and nothing is rounded to one.
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

    /// <summary>The current value as true or false.</summary>
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

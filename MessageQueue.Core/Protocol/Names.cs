using System.Buffers;
using System.Text;
using System.Text.Unicode;
using MessageQueue.Protocol.Parsing;

namespace MessageQueue.Protocol;

/// <summary>
/// The rules for names. A character is a Unicode code point, so that a limit means the same in UTF-8, in UTF-16 and to the person who typed
/// the name. Names are compared byte by byte. There is no case folding and no normalisation, because they would differ between clients. Any
/// character is allowed, control characters too. Methods that return what is wrong expect valid UTF-8, because the transport checks every
/// byte of a text. Methods that return whether a name is valid check UTF-8 too.
/// </summary>
internal static class Names
{
    /// <summary>The length of the longest name of an event, room or session, and of the longest reference, in code points.</summary>
    public const int MaxNameCharacters = 128;

    /// <summary>The same length in bytes: a code point takes at most four.</summary>
    public const int MaxNameBytes = MaxNameCharacters * 4;

    /// <summary>The first character of session names that the server gives.</summary>
    public const char AnonymousPrefix = '~';

    /// <summary>The target that means every session of the namespace.</summary>
    public const string Everyone = "*";

    /// <summary>The first character of a target that is a session, not a room.</summary>
    public const char SessionTargetPrefix = '@';

    /// <summary>Returns whether a room of this name can be joined.</summary>
    public static bool IsValidRoom(ReadOnlySpan<byte> name) => Utf8.IsValid(name) && CheckRoom(name) == FieldState.Valid;

    /// <inheritdoc cref="IsValidRoom(ReadOnlySpan{byte})"/>
    public static bool IsValidRoom(ReadOnlySpan<char> name) =>
        Check(name) == FieldState.Valid && !name.SequenceEqual(Everyone) && name[0] != SessionTargetPrefix;

    /// <summary>Returns whether this can be the name of a session, including names that the server gives.</summary>
    public static bool IsValidSession(ReadOnlySpan<byte> name) => Utf8.IsValid(name) && Check(name) == FieldState.Valid;

    /// <inheritdoc cref="IsValidSession(ReadOnlySpan{byte})"/>
    public static bool IsValidSession(ReadOnlySpan<char> name) => Check(name) == FieldState.Valid;

    /// <summary>Returns whether this can be the name of an event.</summary>
    public static bool IsValidEvent(ReadOnlySpan<byte> name) => Utf8.IsValid(name) && Check(name) == FieldState.Valid;

    /// <inheritdoc cref="IsValidEvent(ReadOnlySpan{byte})"/>
    public static bool IsValidEvent(ReadOnlySpan<char> name) => Check(name) == FieldState.Valid;

    /// <summary>Returns whether an event can be sent to this target: a room, <c>*</c> or <c>@SESSION</c>.</summary>
    public static bool IsValidTarget(ReadOnlySpan<byte> name) => Utf8.IsValid(name) && CheckTarget(name) == FieldState.Valid;

    /// <inheritdoc cref="IsValidTarget(ReadOnlySpan{byte})"/>
    public static bool IsValidTarget(ReadOnlySpan<char> name) =>
        name is [SessionTargetPrefix, ..] ? IsValidSession(name[1..]) : Check(name) == FieldState.Valid;

    /// <summary>Returns whether this is a session name that the server gave; such a name is a secret.</summary>
    public static bool IsAnonymous(ReadOnlySpan<byte> session) => session is [(byte)AnonymousPrefix, ..];

    /// <inheritdoc cref="IsAnonymous(ReadOnlySpan{byte})"/>
    public static bool IsAnonymous(ReadOnlySpan<char> session) => session is [AnonymousPrefix, ..];

    /// <summary>Returns what is wrong with the name of a room, which must be UTF-8, or <see cref="FieldState.Valid"/>.</summary>
    public static FieldState CheckRoom(ReadOnlySpan<byte> name) =>
        name is [(byte)SessionTargetPrefix, ..] or [(byte)'*'] ? FieldState.NotAllowed : Check(name);

    /// <summary>Returns what is wrong with an entry of <c>to</c>, which must be UTF-8, or <see cref="FieldState.Valid"/>.</summary>
    public static FieldState CheckTarget(ReadOnlySpan<byte> name) => Check(name is [(byte)SessionTargetPrefix, ..] ? name[1..] : name);

    /// <summary>Returns what is wrong with a name of any kind, which must be UTF-8, or <see cref="FieldState.Valid"/>.</summary>
    public static FieldState Check(ReadOnlySpan<byte> name)
    {
        if (name.IsEmpty)
        {
            return FieldState.Empty;
        }

        if (name.Length > MaxNameBytes)
        {
            return FieldState.TooLong;
        }

        // Most names are short enough in bytes, so their characters need not be counted.
        return name.Length <= MaxNameCharacters || CountCharacters(name) <= MaxNameCharacters ? FieldState.Valid : FieldState.TooLong;
    }

    /// <inheritdoc cref="Check(ReadOnlySpan{byte})"/>
    public static FieldState Check(ReadOnlySpan<char> name) => CheckLength(name, MaxNameCharacters);

    /// <summary>As <see cref="Check(ReadOnlySpan{char})"/>, with another limit.</summary>
    public static FieldState CheckLength(ReadOnlySpan<char> name, int maxCharacters)
    {
        if (name.IsEmpty)
        {
            return FieldState.Empty;
        }

        int characters = 0;
        while (!name.IsEmpty)
        {
            if (++characters > maxCharacters)
            {
                return FieldState.TooLong;
            }

            if (Rune.DecodeFromUtf16(name, out _, out int length) != OperationStatus.Done)
            {
                return FieldState.NotUnicode;
            }

            name = name[length..];
        }

        return FieldState.Valid;
    }

    private static int CountCharacters(ReadOnlySpan<byte> utf8)
    {
        int characters = 0;
        foreach (byte value in utf8)
        {
            // Every code point has exactly one byte that is not a continuation (10xxxxxx).
            characters += (value & 0xC0) != 0x80 ? 1 : 0;
        }

        return characters;
    }
}

using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace MessageQueue.Tests.Protocol;

/// <summary>The random values that the property tests use.</summary>
internal static class ProtocolGenerators
{
    /// <summary>Any code point; more often those that matter to JSON, to the lengths of UTF-8 and to the protocol.</summary>
    private static readonly Gen<Rune> Character = Gen.OneOf(
        Gen.Choose('a', 'z').Select(value => new Rune(value)),
        Gen.Choose(0, 0x1F).Select(value => new Rune(value)),
        Gen.Elements("\"\\/<>&'*@~\u007f\u0080\u07ff\u0800\u2028\ud7ff\ue000\uffff".EnumerateRunes().ToArray()),
        Gen.Choose(0x80, 0xD7FF).Select(value => new Rune(value)),
        Gen.Choose(0x10000, 0x10FFFF).Select(value => new Rune(value)));

    /// <summary>Any name: 1 to 128 code points.</summary>
    public static readonly Gen<string> Name =
        from length in Gen.Frequency((6, Gen.Choose(1, 12)), (1, Gen.Choose(1, 128)))
        from characters in Character.ArrayOf(length)
        select string.Concat(characters.Select(character => character.ToString()));

    /// <summary>The number of an event, or a time.</summary>
    public static readonly Gen<long> Number = Gen.OneOf(
        Gen.Choose(0, 1000).Select(value => (long)value),
        Gen.Choose(0, int.MaxValue).Select(value => value * 4_194_303L),
        Gen.Elements(1L, (1L << 53) - 1, 999_999_999_999));

    /// <summary>Any JSON value, as text.</summary>
    public static readonly Gen<string> Data = Gen.OneOf(
        Gen.Elements("null", "true", "0", "-1.5e-3", "[]", "{ }", "[1, {\"a\":[null]}]", "{\"type\":\"x\",\"id\":\"y\"}", "\"\\ud800\""),
        Name.Select(name => System.Text.Json.JsonSerializer.Serialize(name)));

    /// <summary>Every UTF-16 unit of the name as <c>\uXXXX</c>.</summary>
    public static string Escape(string name) => string.Concat(name.Select(unit => $"\\u{(int)unit:x4}"));

    public static void Check<T>(Gen<T> generator, Action<T> property) =>
        FsCheck.Check.One(Config.QuickThrowOnFailure.WithMaxTest(500), Prop.ForAll(generator.ToArbitrary(), value => property(value)));
}

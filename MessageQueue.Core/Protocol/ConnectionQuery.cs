using System.Text;
using MessageQueue.Protocol.Parsing;
using Microsoft.Extensions.Primitives;

namespace MessageQueue.Protocol;

/// <summary>
/// Reads the parameters of a query, with one method per kind. A method that finds an error keeps it in <see cref="Error"/>, unless there is
/// one already, and returns the default.
/// </summary>
internal sealed class ConnectionQuery(IEnumerable<KeyValuePair<string, StringValues>> query)
{
    /// <summary>The first error; null if there was none.</summary>
    public string? Error { get; private set; }

    /// <summary>Reads <c>session</c>; null if it is absent.</summary>
    public string? ReadSession()
    {
        string? session = ReadSingle("session");
        return session is null || Names.IsValidSession(session)
            ? session
            : Fail<string>("session has to be 1 to 128 characters of Unicode");
    }

    /// <summary>Reads a parameter that is a room and may occur any number of times.</summary>
    public IReadOnlyList<string> ReadRooms(string name)
    {
        // The time is linear in the query, whose length the HTTP server limits. A set, because joining a room twice is the same as joining
        // it once.
        HashSet<string> seen = new(StringComparer.Ordinal);
        List<string> rooms = [];
        foreach (string room in ReadAll(name))
        {
            if (!Names.IsValidRoom(room))
            {
                return Fail<IReadOnlyList<string>>($"{name} has to be 1 to 128 characters of Unicode, not * and not starting with @") ?? [];
            }

            if (seen.Add(room))
            {
                rooms.Add(room);
            }
        }

        return rooms;
    }

    /// <summary>Reads <c>show</c>, JSON text; null if it is absent, empty if it is empty.</summary>
    public ReadOnlyMemory<byte>? ReadShow() =>
        ReadSingle("show") is not { } show ? null
        : JsonData.TryRead(Encoding.UTF8.GetBytes(show), out ReadOnlyMemory<byte> data, out _) ? data
        : Fail<ReadOnlyMemory<byte>?>("show has to be one JSON value");

    /// <summary>Reads <c>event</c>, which is required.</summary>
    public string ReadEvent()
    {
        string? name = ReadSingle("event");
        return name is not null && Names.IsValidEvent(name)
            ? name
            : Fail<string>("event has to be there and be 1 to 128 characters of Unicode") ?? "";
    }

    /// <summary>Reads <c>to</c>, which must occur at least once and at most so many times.</summary>
    public IReadOnlyList<string> ReadTargets(int most)
    {
        string[] targets = [.. ReadAll("to").Take(most + 1)];
        return targets.Length == 0 || targets.Length > most ? Fail<string[]>($"to has to be there, once to {most} times") ?? []
            : Array.TrueForAll(targets, static target => Names.IsValidTarget(target)) ? targets
            : Fail<string[]>("to has to be a room, * or @SESSION, each name 1 to 128 characters of Unicode") ?? [];
    }

    /// <summary>Reads <c>ttl</c>; 0 if it is absent.</summary>
    public long ReadTimeToLive()
    {
        string? ttl = ReadSingle("ttl");
        if (ttl is null)
        {
            return 0;
        }

        long number = ParseDigits(ttl);
        return number is >= 1 and <= JsonScanner.MaxSafeInteger
            ? number
            : Fail<long>("ttl has to be an integer, 1 to 9007199254740991 (milliseconds)");
    }

    /// <summary>Reads <c>namespace</c>; null if it is absent.</summary>
    public string? ReadNamespace()
    {
        string? ns = ReadSingle("namespace");
        return ns is null ? null : NamespacePath.TryParse(ns, out string name, out string? error) ? name : Fail<string>(error!);
    }

    /// <summary>Reads <c>limit</c>; <paramref name="usual"/> if it is absent.</summary>
    public int ReadLimit(int usual, int most)
    {
        string? limit = ReadSingle("limit");
        long number = limit is null ? usual : ParseDigits(limit);
        return number >= 1 && number <= most ? (int)number : Fail<int>($"limit has to be an integer, 1 to {most}");
    }

    /// <summary>Reads <c>after</c>, unchanged; null if it is absent.</summary>
    public string? ReadAfter() => ReadSingle("after");

    /// <summary>Reads <c>id</c> as an event's number; null if it is absent.</summary>
    public long? ReadEventId()
    {
        string? id = ReadSingle("id");
        return id is null ? null : ParseDigits(id) is > 0 and long number ? number : Fail<long?>("id has to be an event's number");
    }

    /// <summary>Adds an error that only the caller can find.</summary>
    public void Refuse(string error) => Error ??= error;

    /// <summary>Reads <c>token</c>; null if it is absent or empty.</summary>
    public string? ReadToken() => ReadSingle("token") is { Length: > 0 } token ? token : null;

    /// <summary>Reads <c>window</c>; null if it is absent.</summary>
    public int? ReadWindow()
    {
        string? window = ReadSingle("window");
        if (window is null)
        {
            return null;
        }

        long number = ParseDigits(window);
        return number >= 1 ? (int)Math.Min(number, int.MaxValue) : Fail<int?>("window has to be an integer, 1 or more");
    }

    /// <summary>Reads a parameter that allows two values; returns whether it has the second one. The first one is the default.</summary>
    public bool ReadChoice(string name, string first, string second)
    {
        string? value = ReadSingle(name);
        return value == second || (value is not null && value != first && Fail<bool>($"{name} has to be {first} or {second}"));
    }

    /// <summary>
    /// Reads <c>from</c>. Returns true for <c>all</c>; otherwise sets the event's number, or how many recent events it asks for, or
    /// neither.
    /// </summary>
    public bool ReadFrom(out long? sequence, out int? last)
    {
        const string Last = "last:";
        (sequence, last) = (null, null);
        string? from = ReadSingle("from");
        if (from is null or "all")
        {
            return from is not null;
        }

        bool isLast = from.StartsWith(Last, StringComparison.Ordinal);
        long number = ParseDigits(isLast ? from[Last.Length..] : from);
        if (isLast ? number is < 1 or > ConnectionParameters.MaxLast : number is < 0 or > JsonScanner.MaxSafeInteger)
        {
            return Fail<bool>("from has to be all, last:1 to last:1000, or an event's number, 0 to 9007199254740991");
        }

        (sequence, last) = isLast ? ((long?)null, (int?)number) : (number, null);
        return false;
    }

    // Accepts digits only: no sign, white space or exponent. Returns -1 for anything else, and the maximum for a number too large for a
    // long.
    private static long ParseDigits(string text) =>
        text.Length == 0 || text.AsSpan().ContainsAnyExceptInRange('0', '9') ? -1
        : long.TryParse(text, out long number) ? number
        : long.MaxValue;

    private string? ReadSingle(string name)
    {
        string? single = null;
        foreach (string value in ReadAll(name))
        {
            if (single is not null)
            {
                return Fail<string>($"{name} may be given only once");
            }

            single = value;
        }

        return single;
    }

    private IEnumerable<string> ReadAll(string name) =>
        query.Where(parameter => string.Equals(parameter.Key, name, StringComparison.OrdinalIgnoreCase))
            .SelectMany(parameter => parameter.Value)
            .Select(value => value ?? "");

    private T? Fail<T>(string error)
    {
        Error ??= error;
        return default;
    }
}

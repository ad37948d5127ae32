using System.Buffers.Binary;
using System.Buffers.Text;
using System.Globalization;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using MessageQueue.State.Records;

namespace MessageQueue.Handlers;

/// <summary>
/// One run of a handler: who sent the event, and which keys its emits get. It flows with the handler's asynchronous calls, so all code that
/// the handler calls sees it. Thread-safe.
/// </summary>
/// <param name="session">The session that the handler got.</param>
/// <param name="cause">The owner of the keys; none where the event cannot come again under the same reference.</param>
/// <param name="reference">The client's reference, where a repetition is recognised by it and not by a number.</param>
/// <param name="user">Reads the user who sent the event.</param>
internal sealed class HandlerRun(Session session, EmitCause cause, string? reference, Func<ClaimsPrincipal> user)
{
    private const int HashBytes = 12;

    private static readonly AsyncLocal<HandlerRun?> Flowing = new();

    private readonly Dictionary<string, int> _positions = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private readonly Lazy<ClaimsPrincipal> _user = new(user);
    private bool _isOver;

    /// <summary>The run that this code is part of; null for none.</summary>
    public static HandlerRun? Current
    {
        get => Flowing.Value;
        set => Flowing.Value = value;
    }

    /// <summary>The session that the handler got.</summary>
    public Session Session => session;

    /// <summary>The owner of the keys.</summary>
    public EmitCause Cause => cause;

    /// <summary>The trace that the event belongs to, as <c>traceparent</c>; null for none.</summary>
    public string? Trace { get; init; }

    /// <summary>The user who sent the event.</summary>
    /// <exception cref="InvalidOperationException">The user was not kept with the event.</exception>
    public ClaimsPrincipal User => _user.Value;

    /// <summary>Returns a run for the next attempt, whose emits get the same keys again.</summary>
    public HandlerRun NextAttempt() => new(session, cause, reference, user) { Trace = Trace };

    /// <summary>Returns a run for code beside the handler, whose emits get no keys.</summary>
    public HandlerRun WithoutKeys() => new(session, default, null, user) { Trace = Trace };

    /// <summary>
    /// Ends the run, because the handler has returned. Code that it left running emits without keys from now on: in another run its emits
    /// might come in another order, and the same key would then stand for a different event.
    /// </summary>
    public void End()
    {
        lock (_lock)
        {
            _isOver = true;
        }
    }

    /// <summary>
    /// Returns the key of the next emit; null where it gets none. The key is made from the name and rooms of the emit, and from the number
    /// of emits with the same name and rooms before it in this run. So a handler may emit to different rooms at the same time: their order
    /// does not change the keys.
    /// </summary>
    public string? NextKey(in ServerEmit emit)
    {
        if (!cause.IsKnown)
        {
            return null;
        }

        string kind = Hash(emit);
        lock (_lock)
        {
            if (_isOver)
            {
                return null;
            }

            int position = _positions[kind] = _positions.GetValueOrDefault(kind) + 1;
            return string.Create(CultureInfo.InvariantCulture, $"{kind}.{position}");
        }
    }

    private string Hash(in ServerEmit emit)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(hash, Encoding.UTF8.GetBytes(reference ?? ""));
        Append(hash, Encoding.UTF8.GetBytes(emit.Namespace.Name));
        Append(hash, Encoding.UTF8.GetBytes(emit.Name));
        foreach (ReadOnlyMemory<byte> target in emit.To)
        {
            Append(hash, target.Span);
        }

        Span<byte> id = stackalloc byte[sizeof(long)];
        foreach (long except in emit.Except)
        {
            BinaryPrimitives.WriteInt64LittleEndian(id, except);
            hash.AppendData(id);
        }

        foreach (ReadOnlyMemory<byte> room in emit.ExceptRooms)
        {
            Append(hash, room.Span);
        }

        return Base64Url.EncodeToString(hash.GetHashAndReset().AsSpan(0, HashBytes));
    }

    private static void Append(IncrementalHash hash, ReadOnlySpan<byte> text)
    {
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, text.Length);
        hash.AppendData(length);
        hash.AppendData(text);
    }
}

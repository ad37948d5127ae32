using System.Buffers.Binary;
using System.Buffers.Text;
using System.Globalization;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using MessageQueue.State.Records;

namespace MessageQueue.Handlers;

/// <summary>
/// One run of a handler, as the code that it calls sees it: who sent the event, and which keys its emits get. It flows with the handler's
/// asynchronous calls. Thread-safe.
/// </summary>
/// <param name="session">The session that the handler was given.</param>
/// <param name="cause">What owns the keys; none where the event cannot come again under the same reference.</param>
/// <param name="reference">The client's reference, where that and not a number tells a repetition.</param>
/// <param name="user">Reads who sent the event.</param>
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

    /// <summary>The session that the handler was given.</summary>
    public Session Session => session;

    /// <summary>What owns the keys.</summary>
    public EmitCause Cause => cause;

    /// <summary>Who sent the event.</summary>
    /// <exception cref="InvalidOperationException">It was not kept.</exception>
    public ClaimsPrincipal User => _user.Value;

    /// <summary>The next attempt, whose emits get the same keys again.</summary>
    public HandlerRun Again() => new(session, cause, reference, user);

    /// <summary>The handler has returned: what it left running emits without keys, because a repetition would not do the same.</summary>
    public void End()
    {
        lock (_lock)
        {
            _isOver = true;
        }
    }

    /// <summary>
    /// The key of the next emit: what is emitted where, and how many of the same kind came before in this run. So emits to different rooms
    /// may be made at the same time. Null where it has none.
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

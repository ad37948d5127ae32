using System.Text.Json;

namespace MessageQueue.Tests.Presence;

/// <summary>What a client knows of one room, if it does exactly what docs/protocol.md says.</summary>
internal sealed class PresenceView
{
    private long _version;

    /// <summary>The sessions that are there and what they show as JSON text; empty for nothing.</summary>
    public Dictionary<string, string> Members { get; } = [];

    /// <summary>How many sessions are there.</summary>
    public int Count { get; private set; }

    /// <summary>Whether they are only counted.</summary>
    public bool IsCounted { get; private set; }

    /// <summary>Whether a state has come whole.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>Whether the watch has ended.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>How many states have begun.</summary>
    public int States { get; private set; }

    /// <summary>How many parts of states have come.</summary>
    public int Parts { get; private set; }

    public void Apply(JsonElement message)
    {
        if (message.TryGetProperty("ended", out _))
        {
            HasEnded = true;
            Members.Clear();
            return;
        }

        long version = message.GetProperty("version").GetInt64();
        if (message.TryGetProperty("members", out JsonElement members))
        {
            ApplyState(message, members, version);
        }
        else if (message.TryGetProperty("many", out _))
        {
            Members.Clear();
            (IsCounted, IsComplete, _version) = (true, true, version);
        }
        else if (version <= _version)
        {
            return;
        }
        else
        {
            ApplyDifference(message);
            _version = version;
        }

        Count = message.GetProperty("count").GetInt32();
    }

    private void ApplyState(JsonElement message, JsonElement members, long version)
    {
        if (!message.TryGetProperty("part", out JsonElement part))
        {
            Members.Clear();
            (IsCounted, IsComplete, _version) = (false, false, version);
            States++;
            Parts = 0;
        }

        (part.ValueKind == JsonValueKind.Undefined ? 1 : part.GetInt32()).Should().Be(++Parts, "no part is missing");
        Add(members);
        IsComplete |= !message.TryGetProperty("more", out _);
    }

    private void ApplyDifference(JsonElement message)
    {
        if (message.TryGetProperty("left", out JsonElement left))
        {
            foreach (JsonElement session in left.EnumerateArray())
            {
                Members.Remove(session.GetString()!);
            }
        }

        if (message.TryGetProperty("joined", out JsonElement joined))
        {
            Add(joined);
        }
    }

    private void Add(JsonElement entries)
    {
        foreach (JsonElement entry in entries.EnumerateArray())
        {
            Members[entry.GetProperty("session").GetString()!] =
                entry.TryGetProperty("data", out JsonElement data) ? data.GetRawText() : "";
        }
    }
}

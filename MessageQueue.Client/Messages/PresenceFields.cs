namespace MessageQueue.Client.Messages;

/// <summary>The fields that only a <c>presence</c> has.</summary>
internal sealed class PresenceFields
{
    public long Version { get; set; }

    /// <summary>The sessions of a state, with what they show; null where there is no state.</summary>
    public IReadOnlyList<(string Session, byte[] Data)>? Members { get; set; }

    /// <summary>Which part of a state it is, from 2; 0 for the first.</summary>
    public int Part { get; set; }

    /// <summary>Whether another part of the state follows.</summary>
    public bool More { get; set; }

    public IReadOnlyList<(string Session, byte[] Data)> Joined { get; set; } = [];

    public IReadOnlyList<string> Left { get; set; } = [];

    /// <summary>Whether the sessions are only counted.</summary>
    public bool Many { get; set; }

    /// <summary>Whether the watch has ended.</summary>
    public bool Ended { get; set; }
}

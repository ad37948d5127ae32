namespace MessageQueue;

/// <summary>How safely an event is stored before it is acknowledged.</summary>
public enum Durability
{
    /// <summary>
    /// Written and flushed to the device: survives a crash of the process, of the operating system and a power cut. The default.
    /// </summary>
    Fsync = 0,

    /// <summary>
    /// Passed to the operating system: survives a crash of the process. A power cut or kernel crash loses what the system had not written
    /// yet, typically the last seconds, acknowledged or not.
    /// </summary>
    Os = 1,

    /// <summary>Kept in memory only: a stop or crash of the process loses every event and session. No data directory is used.</summary>
    Memory = 2,
}

namespace MessageQueue.Storage.Files;

/// <summary>Recognises the only failure that can end by itself.</summary>
internal static class DiskFull
{
    private const int NoSpace = 28;
    private const int QuotaOnLinux = 122;
    private const int QuotaOnMac = 69;
    private const int DiskFullOnWindows = 112;
    private const int HandleDiskFullOnWindows = 39;

    /// <summary>
    /// Whether the exception means that the disk is full. .NET keeps the system's error number in HResult; on Windows in its lower half.
    /// </summary>
    public static bool Is(Exception exception) => exception is IOException
        && (exception.HResult & 0xFFFF) is (NoSpace or QuotaOnLinux or QuotaOnMac or DiskFullOnWindows or HandleDiskFullOnWindows);
}

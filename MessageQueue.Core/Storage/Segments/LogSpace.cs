using MessageQueue.Diagnostics;
using Microsoft.Extensions.Logging;

namespace MessageQueue.Storage.Segments;

/// <summary>Remembers whether the log has room, as reported by the preparer of segments.</summary>
internal sealed class LogSpace(string directory, ILogger logger)
{
    private int _lacks;

    public event Action? Changed;

    public bool HasRoom => Volatile.Read(ref _lacks) == 0;

    public void Set(bool hasRoom)
    {
        int lacks = hasRoom ? 0 : 1;
        if (Interlocked.Exchange(ref _lacks, lacks) == lacks)
        {
            return;
        }

        if (hasRoom)
        {
            StorageLog.RoomAgain(logger, directory);
        }
        else
        {
            StorageLog.NoRoom(logger, directory);
        }

        Changed?.Invoke();
    }
}

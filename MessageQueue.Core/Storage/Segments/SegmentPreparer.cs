using MessageQueue.Diagnostics;
using MessageQueue.Storage.Files;
using Microsoft.Extensions.Logging;

namespace MessageQueue.Storage.Segments;

/// <summary>
/// Prepares the next segment in the background. Reserves its space as soon as there is a current one, and fills it with zeros in steps,
/// twice as fast as the current one is being filled. So it is ready when the current one is half full, an idle log does nothing, and no
/// clock is needed.
/// </summary>
/// <remarks>
/// <para>
/// So a full disk is found here, outside of the writer's path, while most of the current segment is still free. The preparer then reports
/// that there is no room, takes a smaller next segment out of the reserve, and tries again every second and after every drop.
/// </para>
/// <para>No failure here is final: this file holds no record of the log yet.</para>
/// </remarks>
internal sealed class SegmentPreparer : IDisposable
{
    private const int Lead = 2;

    // Waiting loses nothing, and a second is short compared with the time that freeing a disk takes.
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly IFileSystem _files;
    private readonly string _path;
    private readonly int _segmentBytes;
    private readonly SegmentSpace _space;
    private readonly LogSpace _room;
    private readonly BackgroundWork _background;
    private readonly ILogger _logger;
    private readonly Action _prepare;
    private readonly ITimer _retry;
    private IFileHandle? _file;
    private long _allocated;
    private long _filled;
    private long _target;
    private bool _failed;
    private bool _stopped;

    // Set from the moment the file is taken until the writer has renamed it: another file would take over the temporary name.
    private bool _waits = true;
    private int _scheduled;

    public SegmentPreparer(
        IFileSystem files, string path, int segmentBytes, SegmentSpace space, LogSpace room, BackgroundWork background,
        TimeProvider time, ILogger logger)
    {
        _files = files;
        _path = path;
        _segmentBytes = segmentBytes;
        _space = space;
        _room = room;
        _background = background;
        _logger = logger;
        _prepare = Prepare;
        _retry = time.CreateTimer(_ => Retry(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    private bool MayWork => !Volatile.Read(ref _failed) && !Volatile.Read(ref _stopped) && !Volatile.Read(ref _waits);

    /// <summary>Reports how far the current segment is used. Called after every batch, so it never waits for a step under way.</summary>
    public void Advance(long used)
    {
        long target = Math.Min(_segmentBytes, used * Lead);
        Volatile.Write(ref _target, target);
        Volatile.Write(ref _waits, false);
        if (target > Volatile.Read(ref _filled) && !Volatile.Read(ref _failed))
        {
            Schedule();
        }
    }

    /// <summary>Starts the work, when the first segment of this run has its name.</summary>
    public void Begin()
    {
        Volatile.Write(ref _waits, false);
        Retry();
    }

    /// <summary>Tries again after a failure, because there may be room now.</summary>
    public void Retry()
    {
        Volatile.Write(ref _failed, false);
        Schedule();
    }

    /// <summary>
    /// Returns the file for the next segment, as far as it is prepared. Waits for at most one step. <see cref="Advance"/> starts the file
    /// after it.
    /// </summary>
    public PreparedFile Take()
    {
        lock (_gate)
        {
            IFileHandle file = _file ?? _space.Create();
            var prepared = new PreparedFile(file, _filled, _allocated > 0 ? _allocated : _space.TakeAny(file));
            _file = null;
            _allocated = 0;
            _filled = 0;
            _target = 0;
            _failed = false;
            _waits = true;
            return prepared;
        }
    }

    /// <summary>Stops after the current step and closes the file.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _stopped = true;
            _file?.Dispose();
            _file = null;
        }

        _retry.Dispose();
    }

    private void Schedule()
    {
        if (Interlocked.Exchange(ref _scheduled, 1) == 0)
        {
            _background.Enqueue(_prepare);
        }
    }

    private void Prepare()
    {
        while (TryStep())
        {
        }

        Volatile.Write(ref _scheduled, 0);

        // Check again: a call to Retry between the last step and now was not seen yet.
        if (!_room.HasRoom && MayWork)
        {
            Schedule();
        }
    }

    private bool TryStep()
    {
        lock (_gate)
        {
            if (!MayWork)
            {
                return false;
            }

            try
            {
                return TryTakeSpace() && TryFill();
            }
            catch (Exception exception)
            {
                StorageLog.PreparationFailed(_logger, _path, exception);
                Abandon();
                return false;
            }
        }
    }

    private bool TryTakeSpace()
    {
        _file ??= _space.Create();
        if (_space.TryWhole(_file))
        {
            _allocated = _segmentBytes;
            _room.Set(true);
            return true;
        }

        Lack();
        _allocated = _allocated > 0 ? _allocated : _space.TakePart(_file);
        return false;
    }

    private bool TryFill()
    {
        if (_filled >= _target)
        {
            return false;
        }

        long end = Math.Min(_filled + ZeroFill.StepBytes, _segmentBytes);
        _file!.WriteZeros(_filled, end);

        // Synced step by step, so that the writer's sync never waits for a whole segment of zeros.
        _file!.Sync();
        _filled = end;
        return true;
    }

    private void Lack()
    {
        _failed = true;
        _room.Set(false);
        _retry.Change(RetryInterval, Timeout.InfiniteTimeSpan);
    }

    private void Abandon()
    {
        Lack();
        _allocated = 0;
        _filled = 0;
        _file?.Dispose();
        _file = null;
        try
        {
            // After a failed sync the file must not be written to again.
            _files.Delete(_path);
        }
        catch (Exception exception)
        {
            StorageLog.PreparationFailed(_logger, _path, exception);
        }
    }
}

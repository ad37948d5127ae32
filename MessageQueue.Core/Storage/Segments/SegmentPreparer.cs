using Microsoft.Extensions.Logging;

namespace MessageQueue.Storage.Segments;

/// <summary>
/// Fills the next segment with zeros in the background, in steps, twice as fast as the current one is being used: so it is ready when
/// half of that is full, an idle log does nothing, and no clock is needed.
/// </summary>
/// <remarks>
/// A failure here loses nothing and is not final: nothing of the log is in this file yet, and the writer makes do with an empty one.
/// </remarks>
internal sealed class SegmentPreparer(IFileSystem files, string path, int segmentBytes, BackgroundWork background, ILogger logger)
{
    private const int Lead = 2;

    private readonly Lock _gate = new();
    private Action? _fill;
    private IFileHandle? _file;
    private long _filled;
    private long _target;
    private bool _failed;
    private int _scheduled;

    /// <summary>Tells how far the current segment is used. Called after every batch, so it never waits for a step under way.</summary>
    public void Advance(long used)
    {
        long target = Math.Min(segmentBytes, used * Lead);
        Volatile.Write(ref _target, target);
        if (target > Volatile.Read(ref _filled) && !Volatile.Read(ref _failed) && Interlocked.Exchange(ref _scheduled, 1) == 0)
        {
            background.Enqueue(_fill ??= Fill);
        }
    }

    /// <summary>The file for the next segment, filled as far as it has come, or an empty one. Waits for at most one step.</summary>
    public IFileHandle Take(out long filled)
    {
        lock (_gate)
        {
            IFileHandle file = _file ?? files.Create(path);
            filled = _filled;
            _file = null;
            _filled = 0;
            _target = 0;
            _failed = false;
            return file;
        }
    }

    /// <summary>Ends the filling after the step under way and closes the file.</summary>
    public void Stop()
    {
        lock (_gate)
        {
            _target = 0;
            _file?.Dispose();
            _file = null;
        }
    }

    private void Fill()
    {
        while (TryStep())
        {
        }

        Volatile.Write(ref _scheduled, 0);
    }

    private bool TryStep()
    {
        lock (_gate)
        {
            if (_failed || _filled >= _target)
            {
                return false;
            }

            try
            {
                _file ??= files.Create(path);
                long end = Math.Min(_filled + ZeroFill.StepBytes, segmentBytes);
                ZeroFill.Write(_file, _filled, end);

                // Step by step, so that the writer's sync never finds a whole segment of zeros queued before it.
                _file.Sync();
                _filled = end;
                return true;
            }
            catch (Exception exception)
            {
                StorageMessages.PreparationFailed(logger, path, exception);
                Abandon();
                return false;
            }
        }
    }

    private void Abandon()
    {
        _failed = true;
        _filled = 0;
        _file?.Dispose();
        _file = null;
        try
        {
            // Not to be written to again after a failed sync, and on a full disk its space is needed.
            files.Delete(path);
        }
        catch (Exception exception)
        {
            StorageMessages.PreparationFailed(logger, path, exception);
        }
    }
}

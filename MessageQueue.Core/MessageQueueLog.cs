using MessageQueue.Snapshots;
using MessageQueue.State;
using MessageQueue.State.Records;
using MessageQueue.State.Tracing;
using MessageQueue.Storage.Files;
using MessageQueue.Storage.Maintenance;

namespace MessageQueue;

/// <summary>
/// Checks, prints, copies and repairs the log in a data directory, without starting a server. All methods may be called from any thread.
/// </summary>
/// <remarks>
/// <para><see cref="Verify"/>, <see cref="Dump(string, Stream, long, long, CancellationToken)"/> and <see cref="Backup"/> only read, take
/// no lock, and work beside a running server. <see cref="Repair"/> and <see cref="MarkAsCopy"/> lock the directory, so its server has to
/// be stopped.</para>
/// <para>Every method but <see cref="MarkAsCopy"/> reads files of the log from beginning to end, and blocks its thread until it is done.
/// Progress is reported as the part that is done, from 0 to 1, after each file. Cancellation takes effect after the current file.</para>
/// <para>Every method throws an <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/> where a file or directory cannot be
/// read or written.</para>
/// </remarks>
public static class MessageQueueLog
{
    /// <summary>Checks every byte of the log and its snapshots, and that they fit together. Damage is reported, not thrown.</summary>
    /// <param name="directory">The data directory. One that is not a data directory is reported as a finding.</param>
    /// <param name="progress">Receives the part that is done.</param>
    /// <param name="cancellationToken">Cancels the check.</param>
    /// <returns>What was found.</returns>
    /// <exception cref="ArgumentException">The directory is null or empty.</exception>
    /// <exception cref="OperationCanceledException">The check was cancelled.</exception>
    public static VerificationReport Verify(
        string directory, IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return VerifierOf(directory, progress, cancellationToken).Run(0, long.MaxValue, static _ => { });
    }

    /// <summary>
    /// Writes records as JSON, one on each line, and checks the files that they are in. Damage is reported, not thrown; the records
    /// behind it are written too. The lines are for people and for quick scripts: later versions may change them.
    /// </summary>
    /// <param name="directory">The data directory. One that is not a data directory is reported as a finding.</param>
    /// <param name="output">Receives UTF-8 lines, each ended by a line feed. Is neither flushed nor closed.</param>
    /// <param name="from">The first sequence, at least 1.</param>
    /// <param name="to">The last sequence; <see cref="long.MaxValue"/> for the end of the log.</param>
    /// <param name="cancellationToken">Cancels between two records.</param>
    /// <returns>What was found.</returns>
    /// <exception cref="ArgumentException">The directory is null or empty, or <paramref name="from"/> is less than 1.</exception>
    /// <exception cref="OperationCanceledException">The dump was cancelled. What was written until then stays.</exception>
    public static VerificationReport Dump(
        string directory, Stream output, long from = 1, long to = long.MaxValue, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(from, 1);
        return Dump(directory, output, new LogFilter { From = from, To = to }, cancellationToken);
    }

    /// <summary>
    /// As <see cref="Dump(string, Stream, long, long, CancellationToken)"/>, for the records that a filter chooses. Sessions are written
    /// with their names, as far as the log still knows them; an acknowledgement of many sessions only for those that the filter chooses.
    /// </summary>
    /// <param name="directory">The data directory. One that is not a data directory is reported as a finding.</param>
    /// <param name="output">Receives UTF-8 lines, each ended by a line feed. Is neither flushed nor closed.</param>
    /// <param name="filter">The records to write.</param>
    /// <param name="cancellationToken">Cancels between two records.</param>
    /// <returns>What was found. If the log has no event with the number of <see cref="LogFilter.Event"/>, nothing was written.</returns>
    /// <exception cref="ArgumentException">
    /// The directory is null or empty, or <see cref="LogFilter.From"/> is less than 1.
    /// </exception>
    /// <exception cref="OperationCanceledException">The dump was cancelled. What was written until then stays.</exception>
    public static VerificationReport Dump(
        string directory, Stream output, LogFilter filter, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(filter);
        ArgumentOutOfRangeException.ThrowIfLessThan(filter.From, 1);
        cancellationToken.ThrowIfCancellationRequested();
        StoredEvent? traced = null;
        if (filter.Event is { } number)
        {
            // What happened before the event says who was in its rooms, so the event has to be known from the start.
            VerificationReport search = VerifierOf(directory, progress: null, cancellationToken).Run(number - 1, number, record =>
                traced = (RecordType)record.Type is RecordType.EventEmitted or RecordType.DeadLettered ? EmitRecord.Decode(record) : null);
            if (traced is null)
            {
                return search;
            }
        }

        RecordTrace trace = TraceOf(filter, traced);
        long records = 0;
        // From the beginning: the records before the range say who sessions are and which rooms they are in.
        VerificationReport report = VerifierOf(directory, progress: null, cancellationToken, Begin).Run(0, filter.To, record =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            bool isInRange = record.Sequence >= filter.From;
            records += isInRange ? 1 : 0;
            ReadOnlySpan<byte> line = trace.Follow(record, isInRange);
            if (!line.IsEmpty)
            {
                output.Write(line);
                output.WriteByte((byte)'\n');
            }
        });
        return report with { Records = records };

        void Begin(ServerState state)
        {
            foreach (SessionState one in state.Sessions.Values)
            {
                trace.Begin(one);
            }
        }
    }

    /// <summary>
    /// Copies the log as of one moment: everything that was acknowledged before the call is in the copy. To restore, start a server on the
    /// copy; its first start gives the log a new id, which clients see in <c>welcome</c>.
    /// </summary>
    /// <param name="directory">The data directory.</param>
    /// <param name="targetDirectory">The directory of the copy; empty, or missing and then created.</param>
    /// <param name="progress">Receives the part that is done.</param>
    /// <param name="cancellationToken">Cancels the copy.</param>
    /// <returns>The last sequence in the copy; 0 for an empty log.</returns>
    /// <exception cref="ArgumentException">
    /// A directory is null or empty, <paramref name="directory"/> is not a data directory, or there are files in the target.
    /// </exception>
    /// <exception cref="LogDamagedException">The log is damaged. Delete the incomplete copy.</exception>
    /// <exception cref="OperationCanceledException">The copy was cancelled. Delete the incomplete copy.</exception>
    public static long Backup(
        string directory, string targetDirectory, IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var files = new FileProgress(progress, cancellationToken);
        return new LogBackup(DiskFileSystem.Instance, PathsOf(directory), TargetAt(targetDirectory), ReadHoles, files).Run();
    }

    /// <summary>
    /// Copies everything that can be read of a damaged log. Records that cannot be read are lost, and the result names them. The log itself
    /// is not changed. The first start on the copy gives the log a new id, which clients see in <c>welcome</c>.
    /// </summary>
    /// <param name="directory">The data directory. Its server has to be stopped.</param>
    /// <param name="targetDirectory">The directory of the copy; empty, or missing and then created.</param>
    /// <param name="progress">Receives the part that is done.</param>
    /// <param name="cancellationToken">Cancels the repair.</param>
    /// <returns>One line for each thing that is lost; empty where nothing is.</returns>
    /// <exception cref="ArgumentException">
    /// A directory is null or empty, <paramref name="directory"/> is not a data directory, or there are files in the target.
    /// </exception>
    /// <exception cref="LogLockedException">A server is running on the log.</exception>
    /// <exception cref="LogDamagedException">Nothing of the log can be read.</exception>
    /// <exception cref="OperationCanceledException">The repair was cancelled. Delete the incomplete copy.</exception>
    public static IReadOnlyList<string> Repair(
        string directory, string targetDirectory, IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var files = new FileProgress(progress, cancellationToken);
        return new LogRepair(DiskFileSystem.Instance, PathsOf(directory), TargetAt(targetDirectory), ReadHoles, files).Run();
    }

    /// <summary>
    /// Marks a data directory as a copy, so that its next start gives the log a new id. For copies made by other means than
    /// <see cref="Backup"/>, such as <c>cp</c> or a snapshot of the file system: without the mark, clients cannot tell them from the
    /// original.
    /// </summary>
    /// <param name="directory">The data directory. Its server has to be stopped.</param>
    /// <returns>The id that the log has until its next start: 32 hexadecimal digits, as clients see it in <c>welcome</c>.</returns>
    /// <exception cref="ArgumentException">The directory is null or empty, or not a data directory.</exception>
    /// <exception cref="LogLockedException">A server is running on the log.</exception>
    /// <exception cref="LogDamagedException">The file <c>STORE</c> of the directory is damaged.</exception>
    public static string MarkAsCopy(string directory) => new LogRenewal(DiskFileSystem.Instance, PathsOf(directory)).Run().ToString("n");

    private static RecordTrace TraceOf(LogFilter filter, StoredEvent? traced)
    {
        SessionNames names = new();
        List<IRecordFilter> filters = [];
        if (traced is not null)
        {
            filters.Add(new EventFilter(traced, names));
        }

        if (filter.Session is { } session)
        {
            filters.Add(new SessionFilter(session, filter.Namespace, names));
        }

        if (filter.Room is { } room)
        {
            filters.Add(new RoomFilter(room));
        }

        return new RecordTrace(names, filters);
    }

    private static LogVerifier VerifierOf(
        string directory, IProgress<double>? progress, CancellationToken cancellationToken, Action<ServerState>? onSnapshot = null) =>
        new(
            DiskFileSystem.Instance, PathsOf(directory), stream => ReadHoles(stream, onSnapshot),
            new FileProgress(progress, cancellationToken));

    private static StorePaths PathsOf(string directory)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        return new StorePaths(directory);
    }

    private static CopyTarget TargetAt(string targetDirectory)
    {
        ArgumentException.ThrowIfNullOrEmpty(targetDirectory);
        return new CopyTarget(DiskFileSystem.Instance, new StorePaths(targetDirectory));
    }

    private static SnapshotHoles ReadHoles(Stream stream) => ReadHoles(stream, onSnapshot: null);

    private static SnapshotHoles ReadHoles(Stream stream, Action<ServerState>? onSnapshot)
    {
        Snapshot snapshot = SnapshotCodec.Read(stream);
        onSnapshot?.Invoke(snapshot.State);
        return new SnapshotHoles(snapshot.Gone, [.. snapshot.State.Dropped.Items]);
    }

    /// <summary>Turns counts into the part that is done, and ends the work when it is cancelled.</summary>
    private sealed class FileProgress(IProgress<double>? progress, CancellationToken cancellationToken) : IProgress<(long Done, long Total)>
    {
        public void Report((long Done, long Total) value)
        {
            cancellationToken.ThrowIfCancellationRequested();
            progress?.Report(value.Total == 0 ? 1 : (double)value.Done / value.Total);
        }
    }
}

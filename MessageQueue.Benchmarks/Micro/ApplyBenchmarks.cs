using System.Globalization;
using BenchmarkDotNet.Attributes;
using MessageQueue.State;
using MessageQueue.State.Records;
using MessageQueue.Storage;

namespace MessageQueue.Benchmarks.Micro;

/// <summary>The fold of an emit into the state. The state grows by the event's number, as in a server.</summary>
public class ApplyBenchmarks
{
    private const int Sessions = 500;

    private readonly byte[] _emit = EmitRecords.Encode(EmitRecords.Data);
    private readonly ServerState _state = new();
    private long _sequence;

    /// <summary>Creates sessions in the room.</summary>
    [GlobalSetup]
    public void AddSessions()
    {
        for (int i = 0; i < Sessions; i++)
        {
            Apply(RecordType.SessionAttached, new AttachRecord
            {
                Namespace = "/",
                Session = string.Create(CultureInfo.InvariantCulture, $"session-{i}"),
                MaxSessions = int.MaxValue,
                MaxRooms = 100,
                Rooms = ["room"],
            }.Encode());
        }
    }

    /// <summary>An event to a room with 500 sessions.</summary>
    [Benchmark]
    public void Emit() => Apply(RecordType.EventEmitted, _emit);

    private void Apply(RecordType type, byte[] payload) =>
        _state.Apply(new LogRecord(++_sequence, 1, (byte)type, RecordVersions.Of(type), payload));
}

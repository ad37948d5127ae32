using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using MessageQueue.Diagnostics;
using MessageQueue.Protocol;
using Microsoft.Extensions.Logging;

namespace MessageQueue.Transport;

/// <summary>
/// Reads the messages of one connection and passes them to the handler, one at a time, until the connection is closing or the client sends
/// no more. If the loop ends because of an error, the close frame for it has been written if that was possible. The connection does the
/// rest of the closing. All messages of one read are handled before the next read, and while it waits it holds no buffer.
/// </summary>
internal sealed class ReceiveLoop(
    PipeReader reader, ConnectionOutput output, WebSocketConnection connection, int maxMessageBytes, ILogger logger)
{
    private FrameReader _frames = new(maxMessageBytes);
    private IConnectionHandler? _handler;
    private long _reads;
    private bool _isReading;
    private bool _isStopped;
    private bool _ended;

    /// <summary>Whether a read is waiting for the client.</summary>
    public bool IsReading => Volatile.Read(ref _isReading);

    /// <summary>Changes whenever a read has completed.</summary>
    public long Reads => Volatile.Read(ref _reads);

    /// <summary>Cancels the current read and all later ones. Called on any thread.</summary>
    public void StopReading()
    {
        Volatile.Write(ref _isStopped, true);
        reader.CancelPendingRead();
    }

    /// <summary>Completes when no more messages will be passed on. Never throws.</summary>
    public async Task RunAsync(IConnectionHandler handler)
    {
        _handler = handler;
        _frames.TakesBinary = handler.TakesBinary;
        try
        {
            while (!output.IsClosed && !_ended)
            {
                ValueTask<ReadResult> reading = BeginRead();
                if (!reading.IsCompleted)
                {
                    _frames.Rest();
                    handler.OnRest();
                }

                ReadResult result = await reading.ConfigureAwait(false);
                if (!TryTakeAll(EndRead(result), out ValueTask pending))
                {
                    await FinishAsync(pending).ConfigureAwait(false);
                }
            }
        }
        catch (Exception exception)
        {
            _ended = true;
            TransportLog.EndedAbruptly(logger, exception, connection.Id);
        }
        finally
        {
            _frames.Release();
        }
    }

    /// <summary>
    /// Reads and discards input until the client's close frame, the end of the stream or <see cref="StopReading"/>. Never throws. Returns
    /// at once when called again.
    /// </summary>
    public async Task DiscardAsync()
    {
        _frames.Skips = true;
        try
        {
            while (!_ended && !_frames.CloseReceived)
            {
                ReadOnlySequence<byte> bytes = EndRead(await BeginRead().ConfigureAwait(false));
                _frames.Read(ref bytes);
                reader.AdvanceTo(bytes.End);
            }
        }
        catch (Exception)
        {
            // A broken connection: nothing is left to discard, and nobody needs a report.
            _ended = true;
        }
    }

    private ValueTask<ReadResult> BeginRead()
    {
        Volatile.Write(ref _isReading, true);
        return reader.ReadAsync(CancellationToken.None);
    }

    private ReadOnlySequence<byte> EndRead(in ReadResult result)
    {
        Volatile.Write(ref _isReading, false);
        Volatile.Write(ref _reads, _reads + 1);
        _ended = (result.IsCompleted && result.Buffer.IsEmpty) || Volatile.Read(ref _isStopped);
        return result.Buffer;
    }

    /// <summary>
    /// Handles what lies in the bytes, and gives back to the reader what was not taken. Returns false if the rest must wait for something.
    /// </summary>
    private bool TryTakeAll(ReadOnlySequence<byte> bytes, out ValueTask pending)
    {
        pending = ValueTask.CompletedTask;
        bool mayGoOn = true;
        if (_ended && !output.IsClosed)
        {
            TransportLog.EndedAbruptly(logger, null, connection.Id);
        }

        while (mayGoOn && !output.IsClosed)
        {
            Inbound found = _frames.Read(ref bytes);
            if (found == Inbound.Nothing)
            {
                break;
            }

            mayGoOn = TryDeal(found, out pending);
            if (mayGoOn)
            {
                // Answers cannot be dropped, so nothing that may be answered is taken while the output is full.
                pending = output.WhenBelowLimitAsync();
                mayGoOn = pending.IsCompleted;
            }
        }

        reader.AdvanceTo(bytes.Start);
        return mayGoOn;
    }

    private bool TryDeal(Inbound found, out ValueTask pending)
    {
        pending = ValueTask.CompletedTask;
        switch (found)
        {
            case Inbound.Message:
                return TryHandle(out pending);
            case Inbound.Ping:
                Pong();
                return true;
            case Inbound.Close:
                connection.Close(CloseReason.ClosedByClient);
                return true;
            default:
                Refuse(found);
                return true;
        }
    }

    private bool TryHandle(out ValueTask pending)
    {
        pending = ValueTask.CompletedTask;
        try
        {
            ValueTask handling = _frames.IsBinary
                ? _handler!.OnBinaryMessageAsync(_frames.Message)
                : _handler!.OnMessageAsync(_frames.Message);
            if (!handling.IsCompleted)
            {
                pending = handling;
                return false;
            }

            handling.GetAwaiter().GetResult();
        }
        catch (Exception exception)
        {
            Fail(exception);
        }

        return true;
    }

    private void Pong()
    {
        Span<byte> frame = stackalloc byte[WebSocketFrame.MaxControlBytes];
        output.Write(frame[..WebSocketFrame.WritePong(frame, _frames.ControlPayload)]);
        output.Flush();
    }

    private void Refuse(Inbound error)
    {
        if (error == Inbound.UnwantedBinary)
        {
            connection.Close(CloseReason.BinaryMessage);
            return;
        }

        TransportLog.Violation(logger, connection.Id, error);
        connection.Close(error switch
        {
            Inbound.TooBig => CloseReason.TooBig,
            Inbound.InvalidText => CloseReason.InvalidUtf8,
            _ => CloseReason.BrokenFrame,
        });
    }

    /// <summary>Awaits a handler, or an output that is full.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask FinishAsync(ValueTask pending)
    {
        try
        {
            // A handler may take long. If the connection is closed meanwhile, the client's input must still be discarded.
            Task finished = pending.AsTask();
            if (await Task.WhenAny(finished, output.WhenClosedAsync()).ConfigureAwait(false) != finished)
            {
                await DiscardAsync().ConfigureAwait(false);
            }

            await finished.ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            Fail(exception);
        }
    }

    private void Fail(Exception exception)
    {
        TransportLog.HandlerFailed(logger, exception, connection.Id);
        connection.Close(CloseReason.ServerFailed);
    }
}

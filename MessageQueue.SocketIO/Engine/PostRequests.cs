using MessageQueue.Http;
using MessageQueue.Protocol;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace MessageQueue.SocketIO.Engine;

/// <summary>The POSTs of a connection on polling, one at a time: each is answered when its packets are handled.</summary>
/// <param name="transport">The transport. What is set here is guarded by its gate.</param>
/// <param name="connection">The connection.</param>
internal sealed class PostRequests(PollingTransport transport, EngineConnection connection)
{
    private TaskCompletionSource? _posting;
    private bool _isBlocked;

    /// <summary>Whether a POST is being handled, so that a later one cannot be read yet.</summary>
    public bool IsReceiving => Volatile.Read(ref _posting) is not null;

    /// <summary>
    /// Whether a client waits for the server to handle what it sent; not if it is the server that waits for the client to fetch answers.
    /// </summary>
    public bool IsHandling => IsReceiving && !Volatile.Read(ref _isBlocked);

    /// <summary>Completes when the POST that is being handled is done; null if there is none. Under the gate.</summary>
    public Task? BusyLocked => _posting?.Task;

    /// <summary>Handles the packets of a POST, and answers it when they are handled.</summary>
    public async Task ServeAsync(HttpContext context, int maxBytes)
    {
        bool overlaps;
        lock (transport.Gate)
        {
            overlaps = _posting is not null;
            if (!overlaps)
            {
                _posting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }

        if (overlaps)
        {
            connection.Fail(CloseReason.BadPacket with { Text = "two requests with packets at a time" });
            await EngineError.BadRequest.AnswerAsync(context).ConfigureAwait(false);
            return;
        }

        EngineError? error = await ReceiveAsync(context, maxBytes).ConfigureAwait(false);
        connection.Packets.Use(null);

        // Before the answer: the client may send its next request as soon as it has it.
        lock (transport.Gate)
        {
            _posting!.SetResult();
            _posting = null;
        }

        await (error?.AnswerAsync(context) ?? AcknowledgeAsync(context)).ConfigureAwait(false);
    }

    /// <summary>Completes when no POST is being handled.</summary>
    public Task WhenReceivedAsync()
    {
        lock (transport.Gate)
        {
            return _posting?.Task ?? Task.CompletedTask;
        }
    }

    private async ValueTask<EngineError?> ReceiveAsync(HttpContext context, int maxBytes)
    {
        if (context.Request.ContentType == "application/octet-stream")
        {
            connection.Fail(CloseReason.BadPacket with { Text = "a body has to be text" });
            return EngineError.BadRequest;
        }

        try
        {
            if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            {
                size.MaxRequestBodySize = null;
            }

            ReadOnlyMemory<byte>? body = await RequestBody.ReadAsync(context.Request, maxBytes, context.RequestAborted)
                .ConfigureAwait(false);
            return body is null ? EngineError.TooLarge : await HandleAsync(context, body.Value).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // The body did not come to its end, so packets of it are lost.
            connection.Abort();
            return EngineError.BadRequest;
        }
    }

    private async ValueTask<EngineError?> HandleAsync(HttpContext context, ReadOnlyMemory<byte> body)
    {
        bool isLast = false;
        while (!isLast && !transport.IsClosed)
        {
            ReadOnlyMemory<byte> packet = Payload.TakePacket(ref body, out isLast);
            await connection.Packets.ReceiveAsync(context, packet).ConfigureAwait(false);

            // Answers to the client's packets are always taken, so the packets have to wait while the client does not fetch the answers.
            if (transport.WhenBelowLimit() is { IsCompleted: false } room)
            {
                Volatile.Write(ref _isBlocked, true);
                await room.ConfigureAwait(false);
                Volatile.Write(ref _isBlocked, false);
            }
        }

        return transport.ClosedWith is not { } reason || reason == CloseReason.ClosedByClient
            || reason.Disconnect != DisconnectReason.ProtocolViolation
            ? null
            : EngineError.BadRequest;
    }

    private static Task AcknowledgeAsync(HttpContext context)
    {
        // Engine.IO answers with this type: with text/plain, some old browsers offer a download.
        context.Response.ContentType = "text/html";
        context.Response.Headers.CacheControl = "no-store";
        context.Response.ContentLength = 2;
        return context.Response.Body.WriteAsync("ok"u8.ToArray()).AsTask();
    }
}

using System.Buffers;
using System.Text;
using System.Threading.RateLimiting;
using MessageQueue.Protocol;
using MessageQueue.Routing;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;

namespace MessageQueue.Hosting;

/// <summary>Publishing by HTTP request: <c>POST /NAMESPACE?to=ROOM&amp;event=NAME</c>, as docs/protocol.md has it.</summary>
#pragma warning disable CA1001 // The source has no timer, and an app may still send requests here when the server is gone.
internal sealed class PublishingEndpoint(Broker broker, Permissions permissions, OriginPolicy origins, AddressLimits addresses)
#pragma warning restore CA1001
{
    private static readonly object RateKey = new();

    private readonly Publisher _publisher = new(broker);
    private readonly CancellationTokenSource _stopping = new();

    /// <summary>Answers a request that is no WebSocket handshake.</summary>
    public async Task ServeAsync(HttpContext context, string path)
    {
        using CancellationTokenSource ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, _stopping.Token);
        try
        {
            await AnswerAsync(context, path, ended.Token).ConfigureAwait(false);
        }
        catch (BadHttpRequestException exception) when (!context.Response.HasStarted)
        {
            string code = exception.StatusCode == StatusCodes.Status413PayloadTooLarge ? ErrorCode.BadMessage : ErrorCode.BadJson;
            await HttpAnswer.ErrorAsync(context, exception.StatusCode, code, "the body did not arrive as it should").ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested && !context.RequestAborted.IsCancellationRequested)
        {
            await HttpAnswer.ErrorAsync(context, ErrorCode.Unavailable, "the server is stopping; nothing was stored").ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // The client is gone, and with it all that it began.
        }
    }

    /// <summary>Waits for no body any more; what was taken is still answered.</summary>
    public void Stop() => _stopping.Cancel();

    private async Task AnswerAsync(HttpContext context, string path, CancellationToken cancellationToken)
    {
        HttpRequest request = context.Request;
        if (!HttpMethods.IsPost(request.Method))
        {
            await RefuseMethodAsync(context).ConfigureAwait(false);
            return;
        }

        using RateLimitLease? lease = addresses.Connect(context.Connection.RemoteIpAddress);
        if (await AdmitAsync(context, path, lease).ConfigureAwait(false) is not { } parameters)
        {
            return;
        }

        byte[] reference = Encoding.UTF8.GetBytes(parameters.Reference);
        if (await RequestBody.ReadAsync(request, broker.Limits.MaxMessageBytes, cancellationToken).ConfigureAwait(false) is not { } body)
        {
            // What is still coming is not worth reading.
            context.Response.Headers.Connection = "close";
            await HttpAnswer.ErrorAsync(
                context, StatusCodes.Status413PayloadTooLarge, ErrorCode.BadMessage, $"the body is larger than {broker.Limits.MaxMessageBytes} bytes", reference).ConfigureAwait(false);
        }
        else if (!JsonData.TryRead(body, out ReadOnlyMemory<byte> data, out ProtocolError error))
        {
            await HttpAnswer.ErrorAsync(context, error.Code, error.Message, reference).ConfigureAwait(false);
        }
        else
        {
            PublishResult result = await _publisher.PublishAsync(parameters, data).ConfigureAwait(false);
            await (result.Error is { } refusal
                ? HttpAnswer.ErrorAsync(context, refusal.Code, refusal.Message, reference)
                : AcknowledgeAsync(context, reference, result)).ConfigureAwait(false);
        }
    }

    // Null: refused and answered.
    private async ValueTask<PublishParameters?> AdmitAsync(HttpContext context, string path, RateLimitLease? lease)
    {
        HttpRequest request = context.Request;
        (int Status, string Code, string Message)? refusal = null;
        PublishParameters? parameters = null;
        if (!origins.Allows(request))
        {
            refusal = (StatusCodes.Status403Forbidden, ErrorCode.Forbidden, "not allowed from this origin");
        }
        else if (lease is { IsAcquired: false })
        {
            refusal = (StatusCodes.Status429TooManyRequests, ErrorCode.RateLimited, "too many connections from this address");
        }
        else if (PublishParameters.TryParse(path, request.Query, request.Headers["Idempotency-Key"], broker.Limits.MaxRoomsPerEmit, out string? error) is not { } parsed)
        {
            refusal = (StatusCodes.Status400BadRequest, ErrorCode.BadMessage, error!);
        }
        else if (!await permissions.MayConnectAsync(
            new ConnectRequest(parsed.Namespace, parsed.Session, parsed.Token ?? PresentedToken.OfHeader(request), context)).ConfigureAwait(false))
        {
            refusal = (StatusCodes.Status401Unauthorized, ErrorCode.Forbidden, "not allowed: the token or the session");
        }
        else if (RateOf(context)?.TryEnter() == false)
        {
            refusal = (StatusCodes.Status429TooManyRequests, ErrorCode.RateLimited, "too many messages in too short a time; this one was not handled");
        }
        else if (!RequestBody.IsJson(request))
        {
            refusal = (StatusCodes.Status415UnsupportedMediaType, ErrorCode.BadMessage, "the body has to be application/json in UTF-8; curl sends that with --json");
        }
        else
        {
            parameters = parsed;
        }

        if (refusal is var (status, code, message))
        {
            await HttpAnswer.ErrorAsync(context, status, code, message).ConfigureAwait(false);
        }

        return parameters;
    }

    // Of a connection that is kept open for several requests, as of one that is a WebSocket.
    private MessageRate? RateOf(HttpContext context)
    {
        if (context.Features.Get<IConnectionItemsFeature>()?.Items is not { } items)
        {
            return addresses.RateOf(context.Connection.RemoteIpAddress);
        }

        // HTTP/2 has several requests on a connection at a time.
        lock (items)
        {
            if (!items.TryGetValue(RateKey, out object? rate))
            {
                items[RateKey] = rate = addresses.RateOf(context.Connection.RemoteIpAddress);
            }

            return (MessageRate?)rate;
        }
    }

    private static Task AcknowledgeAsync(HttpContext context, byte[] reference, in PublishResult result)
    {
        ArrayBufferWriter<byte> body = new(128);
        ServerMessages.WriteAck(body, new AckMessage { Reference = reference, Id = result.EventId, Duplicate = result.IsDuplicate });
        return HttpAnswer.WriteAsync(context, StatusCodes.Status200OK, body);
    }

    private static Task RefuseMethodAsync(HttpContext context)
    {
        // A browser that looks at the address finds nothing to show.
        if (HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        }

        context.Response.Headers.Allow = "GET, POST";
        return HttpAnswer.ErrorAsync(context, StatusCodes.Status405MethodNotAllowed, ErrorCode.BadMessage, "GET is for WebSockets, POST publishes");
    }
}

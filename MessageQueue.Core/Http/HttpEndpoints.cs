using System.Net;
using System.Threading.RateLimiting;
using MessageQueue.Connections;
using MessageQueue.Protocol;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;

namespace MessageQueue.Http;

/// <summary>
/// Serves all requests that are not WebSocket handshakes: checks what applies to all of them, and passes each to its endpoint.
/// </summary>
#pragma warning disable CA1001 // The source has no timer, and an app may still send requests here after the server has stopped.
internal sealed class HttpEndpoints(
    PublishingEndpoint publishing, OperatingEndpoint operating, OriginPolicy origins, AddressLimits addresses, TimeSpan closeTimeout,
    TimeProvider timeProvider, RequestDelegate? fallback)
#pragma warning restore CA1001
{
    private static readonly object RateKey = new();

    private readonly CancellationTokenSource _stopping = new();

    /// <summary>Answers a request.</summary>
    /// <param name="context">The request.</param>
    /// <param name="path">The part of its path that names the namespace.</param>
    public async Task ServeAsync(HttpContext context, string path)
    {
        if (ClientModule.IsAskedFor(context.Request, path))
        {
            await ClientModule.AnswerAsync(context).ConfigureAwait(false);
            return;
        }

        bool operates = NamespacePath.IsOperating(path);
        if (!operates && !HttpMethods.IsPost(context.Request.Method))
        {
            await RefuseMethodAsync(context).ConfigureAwait(false);
            return;
        }

        using RateLimitLease? lease = addresses.Connect(context.Connection.RemoteIpAddress);
        if (FindRefusal(context, lease) is { } refusal)
        {
            await HttpResponse.ErrorAsync(context, refusal).ConfigureAwait(false);
            return;
        }

        using CancellationTokenSource ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, _stopping.Token);
        try
        {
            Task answer = operates ? operating.AnswerAsync(context, path, ended.Token) : publishing.AnswerAsync(context, path, ended.Token);
            await answer.ConfigureAwait(false);
        }
        catch (BadHttpRequestException exception) when (!context.Response.HasStarted)
        {
            await HttpResponse.ErrorAsync(
                context, exception.StatusCode, ErrorCode.BadMessage, "the body was too slow, too large or incomplete")
                .ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested && !context.RequestAborted.IsCancellationRequested)
        {
            await RefuseAndAbortAsync(context).ConfigureAwait(false);
        }
        catch (MessageQueueException)
        {
            await HttpResponse.ErrorAsync(context, ErrorCode.Unavailable, "the server has stopped; nothing was done").ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // The client has disconnected, so there is nobody to answer.
        }
    }

    /// <summary>Stops waiting for bodies and for turns. Requests that were already accepted are still answered.</summary>
    public void Stop() => _stopping.Cancel();

    // Aborts the request instead of waiting for its body: Kestrel waits for a body that has begun, which would delay the stop.
    private async Task RefuseAndAbortAsync(HttpContext context)
    {
        context.Response.Headers.Connection = "close";
        await HttpResponse.ErrorAsync(context, ErrorCode.Unavailable, "the server is stopping; nothing was done").ConfigureAwait(false);
        await context.Response.CompleteAsync().ConfigureAwait(false);
        // The same wait as after a close frame. Without it the client could see a reset connection instead of the answer.
        await Task.Delay(closeTimeout, timeProvider, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        context.Abort();
    }

    // Only the first error is reported, and the checks that cost least come first: a client that is too fast fails before its token is
    // checked.
    private HttpError? FindRefusal(HttpContext context, RateLimitLease? lease) =>
        !origins.Allows(context.Request)
        ? new HttpError(StatusCodes.Status403Forbidden, ErrorCode.Forbidden, "not allowed from this origin")
        : lease is { IsAcquired: false } ? TooMany("too many connections from this address")
        : RateOf(context)?.TryEnter() == false ? TooMany("too many messages in too short a time; this one was not handled")
        : null;

    private static HttpError TooMany(string message) => new(StatusCodes.Status429TooManyRequests, ErrorCode.RateLimited, message);

    // The rate belongs to the connection, not to the request, as it does for a WebSocket; but a proxy sends the requests of several clients
    // on one connection, so it belongs to one address too.
    private MessageRate? RateOf(HttpContext context)
    {
        IPAddress? address = context.Connection.RemoteIpAddress;
        if (context.Features.Get<IConnectionItemsFeature>()?.Items is not { } items)
        {
            return addresses.RateOf(address);
        }

        // HTTP/2 has several requests on a connection at a time.
        lock (items)
        {
            if (items.TryGetValue(RateKey, out object? found) && found is ClientRate known && Equals(known.Address, address))
            {
                return known.Rate;
            }

            ClientRate rate = new(address, addresses.RateOf(address));
            items[RateKey] = rate;
            return rate.Rate;
        }
    }

    private Task RefuseMethodAsync(HttpContext context)
    {
        // Somebody opened the address in a browser.
        if (HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method))
        {
            if (fallback is not null)
            {
                return fallback(context);
            }

            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        }

        context.Response.Headers.Allow = "GET, POST";
        return HttpResponse.ErrorAsync(
            context, StatusCodes.Status405MethodNotAllowed, ErrorCode.BadMessage, "GET is for WebSockets, POST publishes");
    }

    private sealed record ClientRate(IPAddress? Address, MessageRate? Rate);
}

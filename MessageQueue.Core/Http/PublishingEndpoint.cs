using System.Text;
using MessageQueue.Connections;
using MessageQueue.Pipeline;
using MessageQueue.Protocol;
using Microsoft.AspNetCore.Http;

namespace MessageQueue.Http;

/// <summary>Publishes events by HTTP request: <c>POST /NAMESPACE?to=ROOM&amp;event=NAME</c>, as docs/protocol.md describes.</summary>
internal sealed class PublishingEndpoint(ConnectionServices services, AppPermissions permissions)
{
    private readonly BrokerLimits _limits = services.Broker.Limits;
    private readonly Publisher _publisher = new(services);

    /// <summary>Answers a request that passed the checks of <see cref="HttpEndpoints"/>.</summary>
    public async Task AnswerAsync(HttpContext context, string path, CancellationToken cancellationToken)
    {
        HttpRequest request = context.Request;
        PublishParameters? parameters = PublishParameters.TryParse(
            path, request.Query, request.Headers["Idempotency-Key"], request.Headers.TraceParent, _limits.MaxRoomsPerEmit,
            out string? error);
        if (parameters is null)
        {
            await HttpResponse.ErrorAsync(context, ErrorCode.BadMessage, error!).ConfigureAwait(false);
            return;
        }

        ConnectRequest connect = new(
            parameters.Namespace, parameters.Session, PresentedToken.Of(request, parameters.Token), context);
        Admission admission = await permissions.AdmitPublisherAsync(connect).ConfigureAwait(false);
        if (FindRefusal(request, admission) is { } refusal)
        {
            await HttpResponse.ErrorAsync(context, refusal).ConfigureAwait(false);
            return;
        }

        parameters = parameters with { Session = admission.Session };

        byte[] reference = Encoding.UTF8.GetBytes(parameters.Reference);
        if (await RequestBody.ReadAsync(request, _limits.MaxMessageBytes, cancellationToken).ConfigureAwait(false) is not { } body)
        {
            // Closes the connection, so that the server need not read the rest of the body.
            context.Response.Headers.Connection = "close";
            await HttpResponse.ErrorAsync(
                context, StatusCodes.Status413PayloadTooLarge, ErrorCode.BadMessage,
                $"the body is larger than {_limits.MaxMessageBytes} bytes", reference).ConfigureAwait(false);
        }
        else if (!JsonData.TryRead(body, out ReadOnlyMemory<byte> data, out ProtocolError fault))
        {
            await HttpResponse.ErrorAsync(context, fault.Code, fault.Message, reference).ConfigureAwait(false);
        }
        else if (parameters.HasSeveralArguments && data.Span is not [(byte)'[', ..])
        {
            await HttpResponse.ErrorAsync(
                context, ErrorCode.BadMessage, "the body has to be an array, because args is true: its entries are the arguments",
                reference).ConfigureAwait(false);
        }
        else
        {
            PublishResult result = await _publisher.PublishAsync(parameters, data, context.User, admission.Grant).ConfigureAwait(false);
            await (result.Error is { } refused
                ? HttpResponse.ErrorAsync(context, refused.Code, refused.Message, reference)
                : HttpResponse.AcknowledgeAsync(context, reference, result.EventId, result.IsDuplicate)).ConfigureAwait(false);
        }
    }

    private static HttpError? FindRefusal(HttpRequest request, in Admission admission) =>
        admission.Refusal is { } refusal ? HttpError.OfToken(refusal)
        : !RequestBody.IsJson(request)
            ? new HttpError(
                StatusCodes.Status415UnsupportedMediaType, ErrorCode.BadMessage,
                "the body must be application/json in UTF-8; curl sends that with --json")
        : null;
}

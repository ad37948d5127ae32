using System.Buffers;
using System.IO.Pipelines;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Http;

namespace MessageQueue.Http;

/// <summary>Reads the body of a request that is JSON and not too large.</summary>
internal static class RequestBody
{
    /// <summary>
    /// Returns whether the body may be JSON by its content type: the type is JSON, missing, or that of a form. A form is accepted because
    /// <c>curl -d</c> gives this type to everything that it sends; a body that is not JSON is refused later, when it is parsed.
    /// </summary>
    public static bool IsJson(HttpRequest request)
    {
        if (string.IsNullOrEmpty(request.ContentType))
        {
            return true;
        }

        return MediaTypeHeaderValue.TryParse(request.ContentType, out MediaTypeHeaderValue? type)
            && (Is(type.MediaType, "application/json") || Is(type.MediaType, "application/x-www-form-urlencoded")
                || type.MediaType?.EndsWith("+json", StringComparison.OrdinalIgnoreCase) == true)
            && (type.CharSet is null || Is(type.CharSet.Trim('"'), "utf-8"));
    }

    /// <summary>
    /// Reads the whole body. Returns null if it is larger than <paramref name="maxBytes"/>: by its announced length, or as soon as more
    /// bytes have come. Memory grows with the bytes that came, not with the announced length.
    /// </summary>
    /// <exception cref="BadHttpRequestException">The client breaks the rules of HTTP, is too slow, or has disconnected.</exception>
    /// <exception cref="IOException">The client has disconnected.</exception>
    public static async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(HttpRequest request, int maxBytes, CancellationToken cancellationToken)
    {
        if (request.ContentLength > maxBytes)
        {
            return null;
        }

        // Cancels the read without a token: after a cancellation by token, Kestrel thinks that the read still runs, and logs an error when
        // the request ends.
        using CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(
            static reader => ((PipeReader)reader!).CancelPendingRead(), request.BodyReader);
        ArrayBufferWriter<byte> body = new();
        while (true)
        {
            ReadResult read = await request.BodyReader.ReadAsync(CancellationToken.None).ConfigureAwait(false);
            if (read.IsCanceled)
            {
                request.BodyReader.AdvanceTo(read.Buffer.Start);
                throw new OperationCanceledException(cancellationToken);
            }

            if (body.WrittenCount + read.Buffer.Length > maxBytes)
            {
                request.BodyReader.AdvanceTo(read.Buffer.Start);
                return null;
            }

            foreach (ReadOnlyMemory<byte> segment in read.Buffer)
            {
                body.Write(segment.Span);
            }

            request.BodyReader.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
            {
                return body.WrittenMemory;
            }
        }
    }

    private static bool Is(string? text, string expected) => string.Equals(text, expected, StringComparison.OrdinalIgnoreCase);
}

using System.Buffers;
using System.IO.Pipelines;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Http;

namespace MessageQueue.Http;

/// <summary>The body of a request, as far as it is JSON and not too large.</summary>
internal static class RequestBody
{
    /// <summary>
    /// Whether the client says that it is JSON, or does not know better: <c>curl -d</c> calls whatever it sends a form, and what is none is
    /// refused when it is parsed.
    /// </summary>
    public static bool IsJson(HttpRequest request)
    {
        if (string.IsNullOrEmpty(request.ContentType))
        {
            return true;
        }

        return MediaTypeHeaderValue.TryParse(request.ContentType, out MediaTypeHeaderValue? type)
            && (Is(type.MediaType, "application/json") || Is(type.MediaType, "application/x-www-form-urlencoded") || type.MediaType?.EndsWith("+json", StringComparison.OrdinalIgnoreCase) == true)
            && (type.CharSet is null || Is(type.CharSet.Trim('"'), "utf-8"));
    }

    /// <summary>
    /// Reads all of it. Null: it is larger than <paramref name="maxBytes"/>, which is seen from its announced length, or as soon as so much
    /// has come. Memory grows with what came, not with what was announced.
    /// </summary>
    /// <exception cref="BadHttpRequestException">The client does not keep to HTTP, is too slow, or is gone.</exception>
    /// <exception cref="IOException">The client is gone.</exception>
    public static async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(HttpRequest request, int maxBytes, CancellationToken cancellationToken)
    {
        if (request.ContentLength > maxBytes)
        {
            return null;
        }

        // Not by the token: Kestrel takes a read that was cancelled so for one that still runs, and complains when the request ends.
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

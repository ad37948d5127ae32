using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace MessageQueue.Host.Page;

/// <summary>A file of the page, which is part of this assembly.</summary>
internal sealed class PageFile
{
    private readonly string _contentType;
    private readonly byte[] _content;
    private readonly EntityTagHeaderValue _tag;

    public PageFile(string name, string contentType)
    {
        using Stream stream = typeof(PageFile).Assembly.GetManifestResourceStream($"Page/{name}")!;
        _content = new byte[stream.Length];
        stream.ReadExactly(_content);
        _contentType = contentType;
        _tag = new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(_content))[..32]}\"");
    }

    /// <summary>Answers with the file, or with 304 if the browser has it.</summary>
    public Task AnswerAsync(HttpContext context) => Results.Bytes(_content, _contentType, entityTag: _tag).ExecuteAsync(context);
}

using Microsoft.AspNetCore.Http;

namespace MessageQueue;

/// <summary>A client that wants to connect.</summary>
/// <param name="Namespace">The namespace, <c>/</c> or <c>/chat</c>.</param>
/// <param name="Session">The session it names; null where the server is to make one.</param>
/// <param name="Token">What it sent as <c>token</c> or as a bearer token; null for none.</param>
/// <param name="HttpContext">The request; valid during the call only.</param>
public sealed record ConnectRequest(string Namespace, string? Session, string? Token, HttpContext HttpContext);

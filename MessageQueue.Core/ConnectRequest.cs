using Microsoft.AspNetCore.Http;

namespace MessageQueue;

/// <summary>A client's request to connect.</summary>
/// <param name="Namespace">The namespace, <c>/</c> or <c>/chat</c>.</param>
/// <param name="Session">The session that the client names; null where the server is to make one.</param>
/// <param name="Token">The token that the client sent as <c>token</c> or as a bearer token; null for none.</param>
/// <param name="HttpContext">The HTTP request; valid only during the call.</param>
public sealed record ConnectRequest(string Namespace, string? Session, string? Token, HttpContext HttpContext);

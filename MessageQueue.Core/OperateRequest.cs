using Microsoft.AspNetCore.Http;

namespace MessageQueue;

/// <summary>An operator who wants to look into the server or to end a session, by an HTTP request.</summary>
/// <param name="Operation">What is wanted.</param>
/// <param name="Namespace">The namespace it is about, <c>/</c> or <c>/chat</c>; null for all of them.</param>
/// <param name="Token">What was sent as <c>token</c> or as a bearer token; null for none.</param>
/// <param name="HttpContext">The request; valid during the call only.</param>
public sealed record OperateRequest(Operation Operation, string? Namespace, string? Token, HttpContext HttpContext);

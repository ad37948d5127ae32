using Microsoft.AspNetCore.Http;

namespace MessageQueue;

/// <summary>An operator's HTTP request, for example to list sessions or to end one.</summary>
/// <param name="Operation">The operation that is asked for.</param>
/// <param name="Namespace">The namespace that it is about, <c>/</c> or <c>/chat</c>; null for all of them.</param>
/// <param name="Token">The token that was sent as <c>token</c> or as a bearer token; null for none.</param>
/// <param name="HttpContext">The HTTP request; valid only during the call.</param>
public sealed record OperateRequest(Operation Operation, string? Namespace, string? Token, HttpContext HttpContext)
{
    /// <summary>Whether the operation changes something, and does not only read.</summary>
    public bool IsWrite =>
        // Those that only read are named here, so that a new operation needs the right to change until it is named too.
        Operation is not (Operation.ListSessions or Operation.ListRooms or Operation.ExplainEvent or Operation.PeekSession
            or Operation.ReadMetrics);
}

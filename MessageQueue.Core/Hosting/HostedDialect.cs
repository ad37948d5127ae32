using Microsoft.AspNetCore.Http;

namespace MessageQueue.Hosting;

/// <summary>A dialect of another project that a self-hosted server serves.</summary>
/// <param name="Path">Its path, without a slash at the end. The requests for it and for paths below it are the dialect's.</param>
/// <param name="Start">Starts it for a server, and returns what serves its requests.</param>
internal sealed record HostedDialect(string Path, Func<ServerCore, RequestDelegate> Start);

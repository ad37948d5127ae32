using System.CommandLine;
using System.Diagnostics.CodeAnalysis;
using System.Net.Security;
using MessageQueue.Client;

namespace MessageQueue.Host.Operating;

/// <summary>The command <c>health</c>: asks a server for its health, for containers that have no other program to do so.</summary>
internal static class HealthCommand
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Creates the command.</summary>
    public static Command Create()
    {
        Command command = new(
            "health",
            "Asks a running server whether it accepts events, and prints its answer. Needs no token; does not check the certificate.");
        ServerOptions server = new(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            Console.WriteLine(await AskAsync(server.Read(parsed).Url, cancellationToken));
            return ExitCode.Stopped;
        });
        return command;
    }

    /// <summary>Returns the server's own word for its health.</summary>
    /// <exception cref="CommandException">It refuses events, or there is none.</exception>
    [SuppressMessage(
        "Security", "CA5359:Do not disable certificate validation",
        Justification = "Nothing secret is sent, and a certificate is seldom issued for the address that a machine has for itself.")]
    private static async Task<string> AskAsync(string url, CancellationToken cancellationToken)
    {
        using SocketsHttpHandler handler = new()
        {
            SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = static (_, _, _, _) => true },
            UseProxy = false,
        };
        using HttpClient client = new(handler) { Timeout = Patience };
        try
        {
            using HttpResponseMessage response = await client.GetAsync(new Uri($"{url}/healthz"), cancellationToken);
            string reason = Output.Plain((await response.Content.ReadAsStringAsync(cancellationToken)).Trim());
            return response.IsSuccessStatusCode
                ? reason
                : throw new CommandException(ExitCode.Failed, $"{url} is not healthy ({reason.Replace(';', ',')}); see the server's log");
        }
        catch (Exception exception)
            when (exception is HttpRequestException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            // Without the inner exception: one of a socket is taken for that of a server that cannot listen.
            throw new MessageQueueClientException(
                MessageQueueClientException.Unreachable, $"no server answers at {url} ({exception.GetBaseException().Message})");
        }
    }
}

using System.Net.Sockets;
using MessageQueue.Client;
using MessageQueue.Host;
using MessageQueue.Host.Settings;

namespace MessageQueue.Tests.ConsoleHost;

internal sealed class FailureTests
{
    private static readonly HostSettings Settings = new() { Server = { Url = "http://127.0.0.1:80", DataDirectory = "/srv/queue" } };

    private static readonly object[][] Cases =
    [
        [new UsageException("--url is wrong; use another"), "--url is wrong; use another", 2],
        [new ArgumentException("DefaultWindow is over MaxWindow.", nameof(Settings)),
            "DefaultWindow is over MaxWindow; see --help for what is allowed", 2],
        [new LogLockedException("/srv/queue is locked by another process."),
            "/srv/queue is locked by another process; stop that process, or choose another directory with --data", 1],
        [new LogDamagedException("bad checksum at 4096; restore a backup"), "bad checksum at 4096; restore a backup", 1],
        [new LogFailedException("fdatasync: EIO"),
            "fdatasync: EIO; check that the directory can be written and the disk has space, then start again", 1],
        [new UnauthorizedAccessException("Access denied."),
            "cannot store in /srv/queue: Access denied; make it a writable directory, or choose another with --data", 1],
        [new IOException("Failed to bind", new InvalidOperationException("", new SocketException((int)SocketError.AddressAlreadyInUse))),
            "http://127.0.0.1:80 is already in use; stop the program that listens there, or choose another port with --url", 1],
        [new SocketException((int)SocketError.AccessDenied),
            "listening on http://127.0.0.1:80 is not permitted; choose a port from 1024 on with --url", 1],
        [new SocketException((int)SocketError.AddressNotAvailable),
            "cannot listen on http://127.0.0.1:80 (AddressNotAvailable); choose an address of this machine with --url", 1],
        [new MessageQueueClientException(MessageQueueClientException.Forbidden, "the server refuses the request: not allowed; the token"),
            "the server refuses the request: not allowed, the token; give the right --token, or set MESSAGEQUEUE_TOKEN", 4],
        [new MessageQueueClientException("unknown_session", "no such session"),
            "no such session; run the command sessions to list the sessions there are", 5],
        [new InvalidOperationException("Oops."), "InvalidOperationException: Oops; start with --log-level debug for details", 1],
        [new UsageException("'a\nb\u001b[31m' is wrong; stop"), "'a b [31m' is wrong; stop", 2],
    ];

    [TestCaseSource(nameof(Cases))]
    public void A_failure_says_what_is_wrong_and_what_to_do_in_one_line(Exception exception, string line, int code) =>
        Failure.From(exception, Settings).Should().Be(new Failure("MessageQueue: " + line, code));
}

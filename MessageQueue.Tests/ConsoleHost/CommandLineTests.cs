using MessageQueue.Host;

namespace MessageQueue.Tests.ConsoleHost;

internal sealed class CommandLineTests
{
    [TestCase("--unknown", "unknown option '--unknown'; see --help")]
    [TestCase("--tokn=s3cret", "unknown option '--tokn'; see --help")]
    [TestCase("start", "unexpected argument 'start'; see --help")]
    [TestCase("@file", "unexpected argument '@file'; see --help")]
    [TestCase("--url", "*'--url'*")]
    public void An_unknown_command_or_option_is_refused(string argument, string message) =>
        FluentActions.Invoking(() => CommandLine.Parse([argument], _ => Task.FromResult(0)))
            .Should().Throw<UsageException>().WithMessage(message);

    [TestCase("--url", "http://127.0.0.1:1", "sessions")]
    [TestCase("--data", "x", "log", "verify")]
    public void An_option_of_the_server_before_a_command_is_refused_and_not_ignored(params string[] arguments) =>
        FluentActions.Invoking(() => CommandLine.Parse(arguments, _ => Task.FromResult(0)))
            .Should().Throw<UsageException>()
            .WithMessage($"'{arguments[0]}' is before '{arguments[^1]}'; put a command's options after the command");

    [Test]
    public void A_flag_does_not_swallow_what_follows_it() =>
        FluentActions.Invoking(() => CommandLine.Parse(["--insecure", "maybe"], _ => Task.FromResult(0)))
            .Should().Throw<UsageException>().WithMessage("unexpected argument 'maybe'*");

    [Test]
    public async Task Without_a_command_the_server_starts() =>
        (await CommandLine.Parse([], _ => Task.FromResult(42)).InvokeAsync()).Should().Be(42);
}

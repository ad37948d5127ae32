using System.Diagnostics;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Crash;

/// <summary>
/// A command that cuts the power of a disk and restores it. POWER_SWITCH is the command, run with <c>cut</c> and <c>restore</c>.
/// POWER_SWITCH_DATA is a directory on that disk. See scripts/reliability.sh.
/// </summary>
internal sealed class PowerSwitch
{
    private readonly string _command;

    private PowerSwitch(string command, string data)
    {
        _command = command;
        Data = data;
    }

    public string Data { get; }

    public static PowerSwitch? FromEnvironment() => Environment.GetEnvironmentVariable("POWER_SWITCH") is { Length: > 0 } command
        ? new PowerSwitch(command, Environment.GetEnvironmentVariable("POWER_SWITCH_DATA")!)
        : null;

    public void Cut() => Run("cut");

    public void Restore() => Run("restore");

    private void Run(string argument)
    {
        using Process process = Process.Start(_command, [argument]);
        process.WaitForExit(Timeouts.Limit).Should().BeTrue();
        process.ExitCode.Should().Be(0);
    }
}

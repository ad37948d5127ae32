using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.EndToEnd;

/// <summary>A data directory belongs to one process.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class ExclusiveTests
{
    [Test]
    public async Task A_second_host_on_the_directory_is_refused_with_the_id_of_the_first([Values] bool withoutLocksOfDotNet)
    {
        using TemporaryDirectory data = new();
        Dictionary<string, string> environment = withoutLocksOfDotNet ? new() { ["DOTNET_SYSTEM_IO_DISABLEFILELOCKING"] = "1" } : [];
        string[] arguments = ["--url", "http://127.0.0.1:0", "--data", data.FullName];
        await using HostProcess first = HostProcess.Launch(arguments, environment);
        await first.WaitUntilListeningAsync();
        await using HostProcess second = HostProcess.Launch(arguments, environment);

        (await second.ExitAsync()).Should().NotBe(0);

        second.Error.ToString().Trim().Should().Contain($"locked by process {first.Id}").And.NotContain("\n");
    }
}

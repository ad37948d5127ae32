using System.CommandLine;
using MessageQueue.Benchmarks.Comparing;
using MessageQueue.Benchmarks.Micro;
using MessageQueue.Benchmarks.Servers;

RootCommand root = new("Measures MessageQueue, beside its peers and by itself. docs/performance.md explains the figures.")
{
    CompareCommand.Create(), MicroCommand.Create(), ServeCommand.Create(),
};
return await root.Parse(args).InvokeAsync();

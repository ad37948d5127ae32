using MessageQueue.Host;

return await CommandLine.RunAsync(args);

// A worker that stores each order before it handles it, and handles it again after a crash until it is done.
using MessageQueue;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OrderWorker;

HostApplicationBuilder builder = Host.CreateApplicationBuilder(args);
builder.Services.AddSingleton(new MessageQueueOptions
{
    Url = builder.Configuration["url"] ?? "http://127.0.0.1:8080",
    DataDirectory = builder.Configuration["data"] ?? "data",
    AuthorizeConnect = request => ValueTask.FromResult(request.Session is not null),
});
builder.Services.AddHostedService<Worker>();
builder.Build().Run();

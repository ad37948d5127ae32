using MessageQueue.Client;
using MessageQueue.Tests.Infrastructure;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace MessageQueue.Tests.Clients.DotNet;

/// <summary>Clients as services of an app.</summary>
internal sealed class DependencyInjectionTests : ClientFixture
{
    [Test]
    public async Task A_client_connects_with_the_app_and_closes_with_it()
    {
        HostApplicationBuilder builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddMessageQueueClient(options =>
        {
            options.Url = Proxy.Url;
            options.Session = "ann";
        });
        builder.Services.AddHealthChecks().AddMessageQueueClient();
        MessageQueueClient client;
        using (IHost app = builder.Build())
        {
            client = app.Services.GetRequiredService<MessageQueueClient>();
            (await CheckAsync(app, "messagequeue-client")).Status.Should().Be(HealthStatus.Degraded, "the app has not started");
            await app.StartAsync().OrTimeout();
            await client.ConnectAsync().OrTimeout();

            HealthReportEntry check = await CheckAsync(app, "messagequeue-client");

            check.Status.Should().Be(HealthStatus.Healthy);
            check.Data.Should().ContainKeys("owed", "unanswered");
            await (await Server.Server.Of("/").FindSessionAsync("ann"))!.EndAsync();
            await AsyncCondition.UntilAsync(() => client.State.Status == ClientStatus.Closed);
            (await CheckAsync(app, "messagequeue-client")).Status.Should().Be(HealthStatus.Unhealthy);
            await app.StopAsync().OrTimeout();
            await ((IAsyncDisposable)app).DisposeAsync().OrTimeout();
        }

        client.State.Reason.Should().Be("closed by the app");
    }

    [Test]
    public async Task Several_clients_have_keys()
    {
        HostApplicationBuilder builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddKeyedMessageQueueClient("orders", options => options.Url = $"{Proxy.Url}/orders");
        builder.Services.AddKeyedMessageQueueClient("chat", options => options.Url = $"{Proxy.Url}/chat");
        builder.Services.AddHealthChecks().AddMessageQueueClient("orders").AddMessageQueueClient("chat");
        IHost app = builder.Build();
        await using (app as IAsyncDisposable)
        {
            await app.StartAsync().OrTimeout();
            MessageQueueClient orders = app.Services.GetRequiredKeyedService<MessageQueueClient>("orders");

            await orders.ConnectAsync().OrTimeout();

            (await Server.Server.Of("/orders").FindSessionAsync(orders.Session!)).Should().NotBeNull();
            orders.Should().NotBeSameAs(app.Services.GetRequiredKeyedService<MessageQueueClient>("chat"));
            (await CheckAsync(app, "messagequeue-client-orders")).Status.Should().Be(HealthStatus.Healthy);
        }
    }

    private static async Task<HealthReportEntry> CheckAsync(IHost app, string name) =>
        (await app.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync().OrTimeout()).Entries[name];
}

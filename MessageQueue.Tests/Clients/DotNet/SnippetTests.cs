using System.Text.Json;
using MessageQueue.Client;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Clients.DotNet;

/// <summary>The client that README.md and docs/clients.md show.</summary>
internal sealed class SnippetTests : ClientFixture
{
    protected override void Configure(MessageQueueOptions options) => options.AuthorizeOperate = _ => ValueTask.FromResult(true);

    [Test]
    public async Task The_client_of_the_README_emits_and_reads()
    {
        using CancellationTokenSource stop = new();
        Task running = Snippets.Clients.RunAsync(Proxy.Url, stop.Token);
        MessageQueue.Namespace all = Server.Server.Of("/");
        while (await all.CountAsync("orders") == 0)
        {
            running.IsCompleted.Should().BeFalse();
        }

        await all.To("orders").EmitAsync("order", new { item = "cake", count = 1 });
        await UntilNothingIsOwedAsync();

        await stop.CancelAsync();
        await FluentActions.Awaiting(() => running.OrTimeout()).Should().ThrowAsync<OperationCanceledException>();
        (await PendingAsync("kitchen")).Should().Be(0, "all that was read is acknowledged");
    }

    private async Task UntilNothingIsOwedAsync()
    {
        using MessageQueueHttpClient http = new(Server.Url);
        JsonElement[] rows;
        do
        {
            JsonElement page = await http.ListAsync("sessions", "/", 10, after: null).OrTimeout();
            rows = [.. page.GetProperty("sessions").EnumerateArray()];
        }
        while (rows.Single(row => row.GetProperty("session").GetString() == "kitchen").GetProperty("owed").GetInt64() > 0);
    }
}
